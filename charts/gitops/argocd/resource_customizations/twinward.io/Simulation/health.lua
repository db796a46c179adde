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

if is("Succeeded", "True") then
  hs.status = "Healthy"
  hs.message = conditions["Succeeded"].message
  return hs
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

-- The first thing that it waits for says most.
for _, type in ipairs({ "Ready", "QuotaReserved", "Succeeded" }) do
  if conditions[type] ~= nil and conditions[type].status ~= "True" then
    hs.message = conditions[type].message
    return hs
  end
end

hs.message = "Waiting for a verdict of the operator"
return hs
