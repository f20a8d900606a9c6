-- ARGV: ids. Gives the birth of the log and, for each id, as far as it is there: its seq, which one of its row it is from
-- the end on (1 for the last), the LAST and the flag of the row, whether it is pinned, and the note. The flag is p, or q
-- for a large one, where only the pin is left.
local ROWS, IDS, PINS, PINNED, NOTES, META = KEYS[2], KEYS[6], KEYS[8], KEYS[9], KEYS[10], KEYS[12]
local call = redis.call
local places, flags = {}, {}
for number, id in ipairs(ARGV) do
  local place, pinned, note = call('HGET', IDS, id), call('HEXISTS', PINS, id), call('HGET', NOTES, id)
  places[number] = false
  if place then
    local last, from_end = place:match('^(%d+) (%d+)$')
    if not flags[last] then
      local row = call('HGET', ROWS, last)
      flags[last] = row and cmsgpack.unpack(row)[1]
    end
    places[number] = flags[last] and {last + 1 - from_end, tonumber(from_end), last, flags[last], pinned, note}
  elseif pinned == 1 then
    local seq = call('HGET', PINS, id):match('^%d+')
    places[number] = {tonumber(seq), 1, seq, call('HEXISTS', PINNED, id) == 1 and 'q' or 'p', pinned, note}
  end
end
return {call('HGET', META, 'birth'), places}
