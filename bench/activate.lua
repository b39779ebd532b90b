-- A wrk script: every request is a first contact of a new machine, or with RENEW=1 one of a fixed population again.
-- The body is a template made by the project's own encoder; only CMID and nonce differ from request to request.
local template = (os.getenv("TEMPLATE_HEX"):gsub("..", function(h) return string.char(tonumber(h, 16)) end))
local cmid_at = tonumber(os.getenv("CMID_AT"))
local nonce_at = tonumber(os.getenv("NONCE_AT"))
local threads = 0

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

local function random_bytes(n)
  local bytes = {}
  for i = 1, n do bytes[i] = string.char(math.random(0, 255)) end
  return table.concat(bytes)
end

local head, between, tail, counter

function init()
  math.randomseed(tonumber(os.getenv("SEED")) + id * 7919)
  head = template:sub(1, cmid_at)
  between = template:sub(cmid_at + 17, nonce_at)
  tail = template:sub(nonce_at + 33)
  counter = 0
  prefix = random_bytes(8)
  wrk.method = "POST"
  wrk.path = os.getenv("REQUEST_PATH")
  wrk.headers["content-type"] = "application/proto"
end

-- Unique by prefix and counter: drawing 48 random bytes a request in Lua would cost the load generator more than the host.
local function number_bytes(n)
  return string.char(n % 256, math.floor(n / 256) % 256, math.floor(n / 65536) % 256, math.floor(n / 16777216) % 256)
end

function request()
  counter = counter + 1
  local unique = prefix .. number_bytes(counter) .. "\1\1\1\1"
  return wrk.format(nil, nil, nil, head .. unique .. between .. unique .. unique .. tail)
end

function done(summary, latency)
  io.write(string.format(
    '\nRESULT {"requests":%d,"durationUs":%d,"non2xx":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"p50Us":%d,"p99Us":%d,"p999Us":%d}\n',
    summary.requests, summary.duration, summary.errors.status, summary.errors.connect, summary.errors.read,
    summary.errors.write, summary.errors.timeout, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
