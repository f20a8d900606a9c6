-- ARGV[8]: a secret, for a log that has none. Gives epoch, birth, head and the secret of the log.
begin()
write_meta()
call('HSETNX', META, 'secret', ARGV[8])
return {epoch, birth, head, call('HGET', META, 'secret')}
