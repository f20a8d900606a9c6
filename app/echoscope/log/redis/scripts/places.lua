-- ARGV: ids. Gives for each, as far as it is there: its seq, which one of its row it is from the end on (1 for the last),
-- the LAST and the flag of the row, whether it is pinned, and the note. The flag is p, or q for a large one, where only
-- the pin is left.
local LOG, ROWS, IDS, PINS, PINNED, NOTES, META = KEYS[1], KEYS[2], KEYS[6], KEYS[8], KEYS[9], KEYS[10], KEYS[12]
local call = redis.call
local birth, places = call('HGET', META, 'birth'), {}
for number, id in ipairs(ARGV) do
  local last, pinned, note = call('HGET', IDS, id), call('HEXISTS', PINS, id), call('HGET', NOTES, id)
  places[number] = false
  if last then
    local entry = call('XRANGE', LOG, birth .. '-' .. last, birth .. '-' .. last)[1]
    local row = call('HGET', ROWS, last)
    local ids = entry and row and cmsgpack.unpack(entry[2][2]) or {}
    for index, name in ipairs(ids) do
      if name == id then
        places[number] = {last - #ids + index, #ids - index + 1, last, cmsgpack.unpack(row)[1], pinned, note}
      end
    end
  elseif pinned == 1 then
    local seq = call('HGET', PINS, id):match('^%d+')
    places[number] = {tonumber(seq), 1, seq, call('HEXISTS', PINNED, id) == 1 and 'q' or 'p', pinned, note}
  end
end
return places
