-- The log of one name, as every script that changes it sees it.
--
-- A record is a row, or a part of one: exchanges that were put together and have ended share a row, a run of consecutive
-- seqs. A row is known by LAST, the seq of its last record.
--
--   log      stream  one entry for each row, with the id BIRTH-LAST:  i [ID, ...]  |  d ID  |  c ""
--   rows     hash    by LAST, of an exchange and of a run: [FLAG, FIRST, [SIZE, ...]]. The flag is n for a run; for one
--                    exchange it is s, r for a refused request, w where its whole is in `wholes`, b for both. FIRST is
--                    the seq from which on the sizes follow, behind those that were trimmed. One that was replaced or
--                    deleted has the size 0
--   data     hash    by LAST: the exchange as lists have it, or the packed exchanges of a run
--   wholes   hash    by LAST: the whole of a large exchange, of which `data` has the head alone
--   torn     set     the LAST of runs whose data still has exchanges that were replaced or deleted
--   ids      hash    by id: LAST PLACE. PLACE is which one of its row the exchange is, from the end on: 1 for the last
--   refused  zset    the ids of refused requests by their seq
--   pins     hash    by id: SEQ SIZE DATA
--   pinned   hash    the wholes of large pinned exchanges, by id
--   notes    hash    by id; `noted` (zset) is the order in which they were written
--   meta     hash    epoch, birth, head, counts and bytes, how many were lost, secret
--
-- Lists are in MessagePack, which is read in C: taking text apart costs a script more than everything else that it does.
--
-- BIRTH is the time at which the log began, in milliseconds: entries of a log that began anew sort behind those of the
-- one before, so that whoever waits for the next entry hears of it.

local LOG, ROWS, DATA, WHOLES, TORN, IDS, REFUSED, PINS, PINNED, NOTES, NOTED, META = unpack(KEYS, 1, 12)
local call, packed, unpacked = redis.call, cmsgpack.pack, cmsgpack.unpack
local OVERHEAD = 256

-- ARGV[1] to [7] of every script: the bounds of exchanges, of bytes, of refused requests and of their bytes; an epoch
-- for a log that begins now; the epoch and the highest seq that the caller knows.
local max_exchanges, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local max_refused, max_refused_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local fresh, known_epoch, known_head = ARGV[5], ARGV[6], tonumber(ARGV[7])

local epoch, birth, secret, head, exchanges, bytes, refused, refused_bytes

local function read_meta()
  local values =
    call('HMGET', META, 'epoch', 'birth', 'secret', 'head', 'exchanges', 'bytes', 'refused', 'refused_bytes')
  epoch, birth, secret = values[1], values[2], values[3]
  head, exchanges, bytes = tonumber(values[4] or 0), tonumber(values[5] or 0), tonumber(values[6] or 0)
  refused, refused_bytes = tonumber(values[7] or 0), tonumber(values[8] or 0)
end

local function write_meta()
  call('HSET', META, 'epoch', epoch, 'birth', birth, 'head', head, 'exchanges', exchanges, 'bytes', bytes,
    'refused', refused, 'refused_bytes', refused_bytes)
end

local function at(seq)
  return string.format('%s-%d', birth, seq)
end

-- The LAST of an entry of the stream.
local function last_of(entry)
  return tonumber(entry[1]:match('-(%d+)$'))
end

-- Entries behind our newest are somebody else's, who added to the stream by hand: with them in it, ours would be refused.
local function drop_foreign()
  local dropped = 0
  repeat
    local entries = call('XRANGE', LOG, at(head + 1), '+', 'COUNT', 100)
    for _, entry in ipairs(entries) do
      dropped = dropped + call('XDEL', LOG, entry[1])
    end
  until #entries == 0
  if dropped > 0 then
    call('XSETID', LOG, at(head))
  end
end

-- What must hold before anything is added. A log that is gone, or of which the server has evicted a part, begins anew.
-- One that stands below what the caller was told (a replica that lagged took over, or the last second of an append-only
-- file is lost) gets a new epoch, and gives no seq a second time.
local function begin()
  read_meta()
  if not epoch or (head > 0 and call('EXISTS', LOG) == 0) or (exchanges > 0 and call('EXISTS', ROWS, DATA, IDS) < 3) then
    call('UNLINK', unpack(KEYS, 1, 12))
    local now = call('TIME')
    epoch, birth = fresh, string.format('%d%03d', now[1], math.floor(now[2] / 1000))
    head, exchanges, bytes, refused, refused_bytes = 0, 0, 0, 0, 0
    if secret then
      call('HSET', META, 'secret', secret)
    end
  elseif epoch == known_epoch and head < known_head then
    call('HINCRBY', META, 'lost', known_head - head)
    epoch, head = fresh, known_head
  end
  drop_foreign()
end

-- Takes rows out of all keys but the stream.
local function forget(lasts)
  if #lasts > 0 then
    for _, key in ipairs({ROWS, DATA, WHOLES}) do
      call('HDEL', key, unpack(lasts))
    end
    call('SREM', TORN, unpack(lasts))
  end
end

-- Takes `count` exchanges of a row out of the counts.
local function discount(flag, id, count, size)
  exchanges, bytes = exchanges - count, bytes - size
  if flag == 'r' or flag == 'b' then
    refused, refused_bytes = refused - count, refused_bytes - size
    call('ZREM', REFUSED, id)
  end
end

-- The row of an exchange and its place there; nil where it is not in the log.
local function place_of(id)
  local place = call('HGET', IDS, id)
  if place then
    return place:match('^(%d+) (%d+)$')
  end
end

-- Rows of which exchanges were dropped, by LAST, until `write_rows` writes them.
local torn_rows = {}

-- Takes an exchange out of the log, and gives the LAST of its row; nil where it was not there. Whoever calls this calls
-- `write_rows` when all that should go is gone, since what goes together has often come together.
local function drop(id)
  local last, place = place_of(id)
  if not last then
    return nil
  end
  local row = torn_rows[last] or unpacked(call('HGET', ROWS, last))
  torn_rows[last] = row
  local flag, _, sizes = unpack(row)
  local index = #sizes + 1 - place
  call('HDEL', IDS, id)
  discount(flag, id, 1, sizes[index])
  sizes[index] = 0
  return last
end

-- In the data of a run, what was dropped stays until the run is packed without it.
local function write_rows()
  local gone = {}
  for last, row in pairs(torn_rows) do
    if math.max(unpack(row[3])) > 0 then
      call('HSET', ROWS, last, packed(row))
      call('SADD', TORN, last)
    else
      gone[#gone + 1] = last
      call('XDEL', LOG, at(last))
    end
  end
  forget(gone)
  torn_rows = {}
end

-- How many exchanges and how many bytes are too many; numbers up to 0 are within the bounds.
local function excess()
  return exchanges - refused - max_exchanges, bytes - refused_bytes - max_bytes
end

-- Lets exchanges of the oldest row go, the first ones first, until the rest is within the bounds; the newest record
-- stays. `gone_ids` gets their ids. Gives whether nothing is left of the row.
local function shed(last, row, entry, gone_ids)
  local number, size = excess()
  if number <= 0 and size <= 0 then
    return false
  end
  if not row then
    bytes = bytes - (last < head and OVERHEAD or 0)
    return last < head
  end
  local flag, first, sizes = unpack(unpacked(row))
  local ids, gone, gone_bytes, rest = unpacked(entry[2][2]), 0, 0, nil
  for index, taken in ipairs(sizes) do
    if taken > 0 then
      if (gone >= number and gone_bytes >= size) or first + index - 1 == head then
        rest = index
        break
      end
      gone_ids[#gone_ids + 1] = ids[#ids - #sizes + index]
      gone, gone_bytes = gone + 1, gone_bytes + taken
    end
  end
  if gone > 0 then
    discount(flag, ids[1], gone, gone_bytes)
    if rest then
      call('HSET', ROWS, last, packed({flag, first + rest - 1, {unpack(sizes, rest)}}))
    end
  end
  return not rest
end

-- Lets the oldest records go until the rest is within the bounds. It looks at more rows at once while whole rows go, and
-- at so few that their ids fit into one command.
local function trim()
  local number, size = excess()
  local count = 1
  while number > 0 or size > 0 do
    count = math.min(2 * count, 16)
    local entries, lasts, gone, gone_ids = call('XRANGE', LOG, '-', '+', 'COUNT', count), {}, {}, {}
    if #entries == 0 then
      break
    end
    for index, entry in ipairs(entries) do
      lasts[index] = last_of(entry)
    end
    for index, row in ipairs(call('HMGET', ROWS, unpack(lasts))) do
      if not shed(lasts[index], row, entries[index], gone_ids) then
        break
      end
      gone[index] = lasts[index]
    end
    if #gone_ids > 0 then
      call('HDEL', IDS, unpack(gone_ids))
    end
    if #gone > 0 then
      call('XTRIM', LOG, 'MINID', at(gone[#gone] + 1))
      forget(gone)
    end
    if #gone < #lasts then
      break
    end
    number, size = excess()
  end
end

-- A record that says something about others.
local function mark(...)
  head, bytes = head + 1, bytes + OVERHEAD
  call('XADD', LOG, at(head), ...)
  trim()
  write_meta()
  return {epoch, birth, head}
end
