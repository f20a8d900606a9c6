-- ARGV[8]: the id.
call('HDEL', PINS, ARGV[8])
call('HDEL', PINNED, ARGV[8])
