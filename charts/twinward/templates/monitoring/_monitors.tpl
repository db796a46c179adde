{{/* Components that a PodMonitor or PodMonitoring reads: (include "twinward.monitored" (list $root "release")), or "tenants". */}}
{{- define "twinward.monitored" -}}
{{- $root := index . 0 -}}
{{- if eq (index . 1) "tenants" -}}
[ingest, inference, simulate]
{{- else if $root.Values.dashboard.enabled -}}
[operator, twins, dashboard]
{{- else -}}
[operator, twins]
{{- end -}}
{{- end -}}

{{/* Metadata of an object for a monitoring system: (dict "root" $ "name" "twinward-twins" "namespaced" true). */}}
{{- define "twinward.monitorMetadata" -}}
name: {{ .name }}
{{- if .namespaced }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "twinward.labels" (list .root "monitoring") | nindent 2 }}
  {{- with .root.Values.monitoring.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Ports with /metrics of a component's pods; the engine beside a simulate worker has one of its own. */}}
{{- define "twinward.metricsPorts" -}}
{{- if eq . "simulate" -}}
- {port: health, job: twinward-simulate}
- {port: engine-health, job: twinward-inference}
{{- else -}}
- {port: health, job: twinward-{{ . }}}
{{- end -}}
{{- end -}}

{{/* The groups of rules/alerts.yaml, without those that are disabled, with labels and runbooks from the values. */}}
{{- define "twinward.ruleGroups" -}}
{{- $values := .Values.monitoring.rules -}}
{{- $groups := list -}}
{{- range (.Files.Get "rules/alerts.yaml" | fromYaml).groups -}}
{{- $rules := list -}}
{{- range .rules -}}
{{- if not (has .alert $values.disabled) -}}
{{- $runbook := dict "runbook_url" (printf "%s/%s.md" (trimSuffix "/" $values.runbookUrl) .alert) -}}
{{- $changed := dict "annotations" (merge $runbook .annotations) "labels" (merge (deepCopy $values.labels) .labels) -}}
{{- $rules = append $rules (merge $changed .) -}}
{{- end -}}
{{- end -}}
{{- if $rules -}}
{{- $groups = append $groups (dict "name" .name "rules" $rules) -}}
{{- end -}}
{{- end -}}
{{- toYaml $groups -}}
{{- end -}}
