-- Puts items. KEYS[11]: the number of the last item that this writer has put, so that none is put twice.
-- ARGV[8]: the number of the first item. ARGV[9]: a flag for each item: r for a refused request, w for an exchange whose
-- whole stands beside the stream, b for both, - for neither. ARGV[10]: the ids, one in each line. From ARGV[11] on: the
-- data of each item for the stream, then the wholes of those that have one.
begin()
local last = tonumber(call('GET', KEYS[11]) or 0)
local has_pins = call('EXISTS', PINS) == 1
local number, all_flags = tonumber(ARGV[8]) - 1, ARGV[9]
local count = #all_flags
local next_whole = 11 + count
local ids, known = {}, {}
for id in ARGV[10]:gmatch('[^\n]+') do
  ids[#ids + 1] = id
end
for index, place in ipairs(call('HMGET', IDS, unpack(ids))) do
  known[ids[index]] = place
end
for index, id in ipairs(ids) do
  local flag, whole = all_flags:sub(index, index), ''
  if flag == 'w' or flag == 'b' then
    whole, next_whole = ARGV[next_whole], next_whole + 1
  end
  number = number + 1
  if number > last then
    last = number
    local data = ARGV[10 + index]
    local is_refused = flag == 'r' or flag == 'b'
    local flags, size = is_refused and 'r' or '', OVERHEAD + #data
    if known[id] then
      drop(id)
    end
    known[id] = true
    head = head + 1
    if whole ~= '' then
      flags, size = flags .. 'w', OVERHEAD + #whole
      call('HSET', WHOLES, id, whole)
      call('XADD', LOG, at(head), 'i', id, 'e', data, 's', size)
    else
      call('XADD', LOG, at(head), 'i', id, 'e', data)
    end
    add_place(id, size, flags)
    exchanges, bytes = exchanges + 1, bytes + size
    if is_refused then
      refused, refused_bytes = refused + 1, refused_bytes + size
      call('ZADD', REFUSED, head, id)
      while refused > 1 and (refused > max_refused or refused_bytes > max_refused_bytes) do
        drop(call('ZRANGE', REFUSED, 0, 0)[1])
      end
    end
    if has_pins and call('HEXISTS', PINS, id) == 1 then
      call('HSET', PINS, id, string.format('%d %d ', head, size) .. data)
      call('HDEL', PINNED, id)
      if whole ~= '' then
        call('HSET', PINNED, id, whole)
      end
    end
  end
end
finish()
call('SET', KEYS[11], last, 'EX', 86400)
return {epoch, birth, head}
