-- ARGV[8]: the id. ARGV[9], ARGV[10]: how many pins there may be, and their bytes. Gives whether it is pinned, and the
-- bound that forbids it.
begin()
local id = ARGV[8]
if call('HEXISTS', PINS, id) == 1 then
  return {1, ''}
end
local place = call('HGET', IDS, id)
if not place then
  return {0, ''}
end
local seq, size = place:match('^(%d+) (%d+)')
local pins = call('HVALS', PINS)
local taken = 0
for _, pin in ipairs(pins) do
  taken = taken + pin:match('^%d+ (%d+)')
end
if #pins >= tonumber(ARGV[9]) then
  return {0, 'count'}
end
if taken + size > tonumber(ARGV[10]) then
  return {0, 'bytes'}
end
call('HSET', PINS, id, seq .. ' ' .. size .. ' ' .. call('XRANGE', LOG, at(seq), at(seq))[1][2][4])
local whole = call('HGET', WHOLES, id)
if whole then
  call('HSET', PINNED, id, whole)
end
return {1, ''}
