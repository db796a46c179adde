local hs = {}
hs.status = "Progressing"

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  hs.message = "Waiting for the operator to act on the last change"
  return hs
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions or {}) do
  conditions[condition.type] = condition
end

local function is(type, status)
  return conditions[type] ~= nil and conditions[type].status == status
end

if is("Stalled", "True") or is("Ready", "False") then
  hs.status = "Degraded"
  hs.message = (conditions["Ready"] or conditions["Stalled"]).message
  return hs
end

if is("Suspended", "True") then
  hs.status = "Suspended"
  hs.message = conditions["Suspended"].message
  return hs
end

-- UpToDate does not count: the record of one patient must not hold up a deployment. Alerts tell of it.
if is("Ready", "True") then
  hs.status = "Healthy"
  hs.message = (conditions["UpToDate"] or conditions["Ready"]).message
  return hs
end

hs.message = conditions["Ready"] ~= nil and conditions["Ready"].message or "Waiting for a verdict of the operator"
return hs
