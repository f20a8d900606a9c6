# For Rails: its middleware and its request on WEBrick. ruby rails_app.rb PORT [TRUSTED]
require "json"
require "rack"
require "rack/handler/webrick"
require "active_support/all"
require "action_dispatch"

port, trusted = ARGV
inner = lambda do |env|
  request = ActionDispatch::Request.new(env)
  believed = { client: request.remote_ip, scheme: request.scheme, host: request.raw_host_with_port }
  [200, { "content-type" => "application/json" }, [believed.to_json]]
end
app = ActionDispatch::RemoteIp.new(inner, true, trusted && [IPAddr.new(trusted)])
quiet = WEBrick::Log.new(File::NULL)
Rack::Handler::WEBrick.run(app, Host: "127.0.0.1", Port: port.to_i, Logger: quiet, AccessLog: [], DoNotReverseLookup: true)
