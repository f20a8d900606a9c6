-- The log of one name, as every script that changes it sees it.
--
--   log      stream  one entry for each record, with the id BIRTH-SEQ:  i ID e DATA [s SIZE]  |  d ID  |  c ""
--   ids      hash    by the id of an exchange: SEQ SIZE FLAGS, where r is a refused request and w is in `wholes`
--   wholes   hash    what is too large for the stream, by id; the stream has its head alone, and its size
--   order    zset    the ids by their seq, so that the oldest are found without reading what they say; of a record that
--                    is no exchange a line break and its seq
--   refused  zset    the ids of refused requests by their seq
--   pins     hash    by id: SEQ SIZE DATA
--   pinned   hash    the wholes of large pinned exchanges
--   notes    hash    by id; `noted` (zset) is the order in which they were written
--   meta     hash    epoch, birth, head, counts and bytes, how many were lost, secret
--
-- BIRTH is the time at which the log began, in milliseconds: entries of a log that began anew sort behind those of the
-- one before, so that whoever waits for the next entry hears of it.

local LOG, IDS, WHOLES, REFUSED, PINS, PINNED, NOTES, NOTED, META, ORDER = unpack(KEYS, 1, 10)
local call = redis.call
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
  if not epoch or (head > 0 and call('EXISTS', LOG) == 0) or (exchanges > 0 and call('EXISTS', IDS, ORDER) < 2) then
    call('UNLINK', LOG, IDS, WHOLES, REFUSED, PINS, PINNED, NOTES, NOTED, META, ORDER)
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

-- What is new in `ids` and in `order`. It is written for many records at once, because a call costs a script more than
-- the command costs the server.
local new_places, new_order = {}, {}

local function add_place(id, size, flags)
  local seq = string.format('%d', head)
  new_places[#new_places + 1] = id
  new_places[#new_places + 1] = string.format('%s %d %s', seq, size, flags)
  new_order[#new_order + 1] = seq
  new_order[#new_order + 1] = id
end

local function write_places()
  if #new_places > 0 then
    call('HSET', IDS, unpack(new_places))
  end
  if #new_order > 0 then
    call('ZADD', ORDER, unpack(new_order))
  end
  new_places, new_order = {}, {}
end

-- Takes an exchange out of the counts, by its place; gives the seq of its record.
local function discount(id, place)
  local seq, size, flags = place:match('^(%d+) (%d+) (%a*)$')
  exchanges, bytes = exchanges - 1, bytes - size
  if flags ~= '' then
    if flags ~= 'w' then
      refused, refused_bytes = refused - 1, refused_bytes - size
      call('ZREM', REFUSED, id)
    end
    if flags ~= 'r' then
      call('HDEL', WHOLES, id)
    end
  end
  return seq
end

-- Takes an exchange out of the log; gives the seq of its record, nil when it is not there.
local function drop(id)
  write_places()
  local place = call('HGET', IDS, id)
  if not place then
    return nil
  end
  local seq = discount(id, place)
  call('HDEL', IDS, id)
  call('ZREM', ORDER, id)
  call('XDEL', LOG, at(seq))
  return seq
end

local function is_over()
  return exchanges - refused > max_exchanges or bytes - refused_bytes > max_bytes
end

-- Lets the oldest records go until the rest is within the bounds; the newest stays.
local function trim()
  local first
  while is_over() do
    local excess = math.max(1, math.min(exchanges - refused - max_exchanges, 100))
    local oldest = call('ZRANGE', ORDER, 0, excess)
    if #oldest < 2 then
      break
    end
    first = table.remove(oldest)
    local places, gone = call('HMGET', IDS, unpack(oldest)), {}
    for index, id in ipairs(oldest) do
      if not is_over() then
        first = id
        break
      end
      if places[index] then
        discount(id, places[index])
      else
        bytes = bytes - OVERHEAD
      end
      gone[index] = id
    end
    call('HDEL', IDS, unpack(gone))
    call('ZREMRANGEBYRANK', ORDER, 0, #gone - 1)
  end
  if first then
    call('XTRIM', LOG, 'MINID', at(call('ZSCORE', ORDER, first)))
  end
end

-- What every script does last that has put something into the log.
local function finish()
  write_places()
  trim()
  write_meta()
end

-- A record that says something about others.
local function mark(...)
  head, bytes = head + 1, bytes + OVERHEAD
  call('XADD', LOG, at(head), ...)
  new_order = {head, '\n' .. head}
  finish()
  return {epoch, birth, head}
end
