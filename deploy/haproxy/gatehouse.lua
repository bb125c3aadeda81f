-- Asks Gatehouse about a request: the action "http-request lua.gatehouse <URL of /authz>" of haproxy.cfg.
--
-- Let through: the variable txn.gatehouse_let_through is true and txn.gatehouse_* hold what Gatehouse said of the key.
-- Refused: the client gets Gatehouse's own answer, and the request ends here. Everything else, an error in this file
-- included, leaves txn.gatehouse_let_through unset, and haproxy.cfg refuses the request.

local PROBLEM = "application/problem+json"
local CREDENTIALS = { "authorization", "x-api-key" }
local RELAYED = {
    "content-type", "cache-control", "x-content-type-options", "www-authenticate", "retry-after", "ratelimit",
    "ratelimit-policy", "x-request-id",
}
local KEPT = {
    team = "x-gatehouse-team",
    key_id = "x-gatehouse-key-id",
    key_name = "x-gatehouse-key-name",
    owner = "x-gatehouse-owner",
    scopes = "x-gatehouse-scopes",
    expires_at = "x-api-key-expires-at",
    ratelimit = "ratelimit",
    ratelimit_policy = "ratelimit-policy",
    request_id = "x-request-id",
}
local REASONS = { [401] = "Unauthorized", [403] = "Forbidden", [429] = "Too Many Requests", [503] = "Service Unavailable" }

-- A header as often as it was sent: that a credential came twice is for Gatehouse to see.
local function values(headers, name)
    local found = {}
    for _, value in pairs(headers[name] or {}) do
        table.insert(found, value)
    end
    return found
end

core.register_action("gatehouse", { "http-req" }, function(txn, authz)
    local client = txn.f:src()
    if not client then
        return -- on a unix socket: without X-Forwarded-For, Gatehouse would judge HAProxy's own address
    end
    local sent = txn.http:req_get_headers()
    local asked = {
        ["x-forwarded-for"] = { client },
        ["x-forwarded-method"] = { txn.f:method() },
    }
    for _, name in ipairs(CREDENTIALS) do
        asked[name] = values(sent, name)
    end
    local target = txn.f:pathq() or "/"
    if target:sub(1, 1) ~= "/" then
        target = "/"
    end

    -- Milliseconds, and HAProxy's client tries a silent server four times.
    local answer = core.httpclient():get({ url = authz .. target, headers = asked, timeout = 1500 })
    if answer.status == 204 then
        for variable, name in pairs(KEPT) do
            local value = values(answer.headers, name)[1]
            if value then
                txn:set_var("txn.gatehouse_" .. variable, value)
            end
        end
        txn:set_var("txn.gatehouse_let_through", true)
    elseif REASONS[answer.status] and values(answer.headers, "content-type")[1] == PROBLEM then
        -- HAProxy's client answers for a server that it cannot reach, with a 503 of its own: that is not Gatehouse's.
        local reply = txn:reply({ status = answer.status, reason = REASONS[answer.status], body = answer.body })
        for _, name in ipairs(RELAYED) do
            for _, value in ipairs(values(answer.headers, name)) do
                reply:add_header(name, value)
            end
        end
        txn:done(reply)
    end
end, 1)
