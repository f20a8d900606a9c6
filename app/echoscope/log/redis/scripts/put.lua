-- KEYS[10]: the number of the last item that this writer has put; what is sent again is told by it. ARGV[8]: the number
-- of the first item. Then, for each item: the id, the data, and nothing; or r for a refused request and - for another,
-- followed by the whole where the data are the head alone.
begin()
local last = tonumber(call('GET', KEYS[10]) or 0)
local has_pins = call('EXISTS', PINS) == 1
local number = tonumber(ARGV[8]) - 1
for index = 9, #ARGV, 3 do
  number = number + 1
  if number > last then
    last = number
    local id, data, rest = ARGV[index], ARGV[index + 1], ARGV[index + 2]
    local flags, whole = '', ''
    if rest ~= '' then
      flags, whole = rest:sub(1, 1) == 'r' and 'r' or '', rest:sub(2)
    end
    drop(id)
    local is_refused, size = flags == 'r', OVERHEAD + #data
    head = head + 1
    if whole ~= '' then
      flags, size = flags .. 'w', OVERHEAD + #whole
      call('HSET', WHOLES, id, whole)
      call('XADD', LOG, at(head), 'i', id, 'e', data, 's', size)
    else
      call('XADD', LOG, at(head), 'i', id, 'e', data)
    end
    call('HSET', IDS, id, string.format('%d %d %s', head, size, flags))
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
trim()
write_meta()
call('SET', KEYS[10], last, 'EX', 86400)
return {epoch, birth, head}
