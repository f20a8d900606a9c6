-- Puts rows. KEYS[13]: the number of the last item that this writer has put, so that none is put twice. ARGV[8]: the
-- number of the first item. ARGV[9]: the flag of each row. From ARGV[10] on, for each row: the ids and the sizes, in
-- MessagePack; the data; and the whole, where the flag says so.
--
-- Gives epoch, birth, head and a run that should be packed anew, or nil; or, when nothing was put, why not: the number
-- of the last item that was put, where that is not before the first one; or "pinned", where a run has an exchange that
-- is pinned, whose pin gets its data only from a row of its own.
local number, last = tonumber(ARGV[8]), tonumber(call('GET', KEYS[13]) or 0)
if last >= number then
  return last
end
local rows, argument = {}, 10
local has_pins = call('EXISTS', PINS) == 1
for flag in ARGV[9]:gmatch('.') do
  local row = {flag = flag, packed_ids = ARGV[argument], data = ARGV[argument + 2]}
  row.ids, row.sizes = unpacked(ARGV[argument]), unpacked(ARGV[argument + 1])
  argument = argument + 3
  if flag == 'w' or flag == 'b' then
    row.whole, argument = ARGV[argument], argument + 1
  end
  if has_pins and flag == 'n' then
    for _, id in ipairs(row.ids) do
      if call('HEXISTS', PINS, id) == 1 then
        return 'pinned'
      end
    end
  end
  rows[#rows + 1] = row
end
begin()
last = number - 1
for _, row in ipairs(rows) do
  local flag, ids, places = row.flag, row.ids, {}
  for index, place in ipairs(call('HMGET', IDS, unpack(ids))) do
    if place then
      drop(ids[index])
    end
  end
  local first, size = head + 1, 0
  for _, taken in ipairs(row.sizes) do
    size = size + taken
  end
  head, last, exchanges, bytes = head + #ids, last + #ids, exchanges + #ids, bytes + size
  local at_last = string.format('%d', head)
  for index, id in ipairs(ids) do
    places[2 * index - 1], places[2 * index] = id, at_last .. ' ' .. #ids - index + 1
  end
  call('XADD', LOG, at(head), 'i', row.packed_ids)
  call('HSET', ROWS, at_last, packed({flag, first, row.sizes}))
  call('HSET', DATA, at_last, row.data)
  call('HSET', IDS, unpack(places))
  if row.whole then
    call('HSET', WHOLES, at_last, row.whole)
  end
  if flag == 'r' or flag == 'b' then
    refused, refused_bytes = refused + 1, refused_bytes + size
    call('ZADD', REFUSED, at_last, ids[1])
    while call('ZCARD', REFUSED) > 1 and (refused > max_refused or refused_bytes > max_refused_bytes) do
      drop(call('ZPOPMIN', REFUSED)[1])
    end
  end
  if has_pins and call('HEXISTS', PINS, ids[1]) == 1 then
    call('HSET', PINS, ids[1], string.format('%s %d ', at_last, size) .. row.data)
    call('HDEL', PINNED, ids[1])
    if row.whole then
      call('HSET', PINNED, ids[1], row.whole)
    end
  end
end
write_rows()
trim()
write_meta()
call('SET', KEYS[13], last, 'EX', 86400)
return {epoch, birth, head, call('SRANDMEMBER', TORN)}
