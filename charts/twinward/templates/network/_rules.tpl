{{/*
One rule of a NetworkPolicy: (include "twinward.rule" (list "to" $peers $ports)). Without peers there is no rule, for a
rule with an empty list of peers would open everything.
*/}}
{{- define "twinward.rule" -}}
{{- $direction := index . 0 -}}
{{- $peers := index . 1 -}}
{{- $ports := index . 2 -}}
{{- $protocols := list "TCP" -}}
{{- if gt (len .) 3 }}{{- $protocols = index . 3 -}}{{- end -}}
{{- if $peers }}
- {{ $direction }}:
    {{- toYaml $peers | nindent 4 }}
  ports:
    {{- range $protocol := $protocols }}
    {{- range $port := $ports }}
    - {protocol: {{ $protocol }}, port: {{ $port }}}
    {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* Our pods of one component, as a peer: (list $root "release" "twins"), or "any" or "same" for the namespace. */}}
{{- define "twinward.component" -}}
{{- $root := index . 0 -}}
{{- $where := index . 1 -}}
{{- $components := slice . 2 -}}
{{- if eq $where "release" }}
- namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ $root.Release.Namespace }}}}
  podSelector:
{{- else if eq $where "any" }}
- namespaceSelector: {}
  podSelector:
{{- else }}
- podSelector:
{{- end }}
    matchLabels: {app.kubernetes.io/name: twinward}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: [{{ join ", " $components }}]}
{{- end -}}

{{- define "twinward.matchComponent" -}}
{matchLabels: {app.kubernetes.io/name: twinward, app.kubernetes.io/component: {{ . }}}}
{{- end -}}

{{- define "twinward.dnsRule" -}}
{{- with .Values.networkPolicy.dns }}
{{- include "twinward.rule" (list "to" .peers .ports (list "UDP" "TCP")) }}
{{- end }}
{{- end -}}

{{- define "twinward.apiServerRule" -}}
{{- with .Values.networkPolicy.apiServer }}
{{- include "twinward.rule" (list "to" .peers .ports) }}
{{- end }}
{{- end -}}

{{/* The database; with cloudSql also the port of its connector, and Google's APIs on their restricted addresses. */}}
{{- define "twinward.databaseRule" -}}
{{- $policy := .Values.networkPolicy -}}
{{- $ports := $policy.database.ports -}}
{{- if $policy.google.cloudSql }}{{- $ports = append $ports 3307 -}}{{- end -}}
{{- include "twinward.rule" (list "to" $policy.database.peers $ports) }}
{{- if $policy.google.cloudSql }}
{{- include "twinward.rule" (list "to" (list (dict "ipBlock" (dict "cidr" "199.36.153.4/30"))) (list 443)) }}
{{- end }}
{{- end -}}

{{/* The metadata server of GKE, for components that act as a Google service account: (list $root "twins"). */}}
{{- define "twinward.metadataRule" -}}
{{- $root := index . 0 -}}
{{- if has (index . 1) $root.Values.networkPolicy.google.identities }}
{{- include "twinward.rule" (list "to" (list (dict "ipBlock" (dict "cidr" "169.254.169.254/32"))) (list 80 988)) }}
{{- include "twinward.rule" (list "to" (list (dict "ipBlock" (dict "cidr" "169.254.169.252/32"))) (list 987 988)) }}
{{- end }}
{{- end -}}

{{/* Whoever collects metrics: (list $root 8081 8082). */}}
{{- define "twinward.metricsRule" -}}
{{- $root := index . 0 -}}
{{- include "twinward.rule" (list "from" $root.Values.networkPolicy.monitoring.peers (slice . 1)) }}
{{- end -}}

{{/* A policy: (dict "root" $ "namespace" "name" "selector" (text) "ingress" (text) "egress" (text)). */}}
{{- define "twinward.policy" }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "twinward.labels" (list .root "network") | nindent 4 }}
spec:
  podSelector: {{ .selector }}
  policyTypes: [Ingress, Egress]
  {{- with .ingress | default "" | trim }}
  ingress:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with .egress | default "" | trim }}
  egress:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}
