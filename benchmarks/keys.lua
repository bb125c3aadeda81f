-- Each request with the next of the keys given on the command line.
local requests = {}
local turn = 0

function init(keys)
  for number, key in ipairs(keys) do
    requests[number] = wrk.format(nil, nil, {["Host"] = wrk.host, ["Authorization"] = "Bearer " .. key})
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
