-- ARGV[1]: the id. Gives the seq, the whole, whether it is pinned, and the note.
local LOG, IDS, WHOLES, PINS, PINNED, NOTES, META = KEYS[1], KEYS[2], KEYS[3], KEYS[5], KEYS[6], KEYS[7], KEYS[9]
local call, id = redis.call, ARGV[1]
local place, pin, note = call('HGET', IDS, id), call('HGET', PINS, id), call('HGET', NOTES, id)
if place then
  local seq = place:match('^%d+')
  local whole = call('HGET', WHOLES, id)
  if not whole then
    local at = call('HGET', META, 'birth') .. '-' .. seq
    whole = call('XRANGE', LOG, at, at)[1][2][4]
  end
  return {seq, whole, pin and 1 or 0, note}
end
if pin then
  local seq, start = pin:match('^(%d+) %d+ ()')
  return {seq, call('HGET', PINNED, id) or pin:sub(start), 1, note}
end
return false
