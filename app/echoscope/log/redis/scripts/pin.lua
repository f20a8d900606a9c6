-- ARGV[8]: the id. ARGV[9], ARGV[10]: how many pins there may be, and their bytes. ARGV[11], ARGV[12]: the LAST of
-- its row and, of one in a run, its data. Gives whether it is pinned, and the bound that forbids it; nil where the
-- exchange is in another row.
begin()
local id = ARGV[8]
if call('HEXISTS', PINS, id) == 1 then
  return {1, ''}
end
local last, place = place_of(id)
if last ~= ARGV[11] then
  return false
end
local flag, _, sizes = unpack(unpacked(call('HGET', ROWS, last)))
local size = sizes[#sizes + 1 - place]
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
local data = flag == 'n' and ARGV[12] or call('HGET', DATA, last)
call('HSET', PINS, id, string.format('%d %d ', last + 1 - place, size) .. data)
if flag == 'w' or flag == 'b' then
  call('HSET', PINNED, id, call('HGET', WHOLES, last))
end
return {1, ''}
