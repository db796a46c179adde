{{/* Image by name, such as (include "twinward.image" (list . "twins")). */}}
{{- define "twinward.image" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $digest := index $root.Values.image.digests $name -}}
{{- if $digest -}}
{{ $root.Values.image.registry }}/{{ $name }}@{{ $digest }}
{{- else -}}
{{ $root.Values.image.registry }}/{{ $name }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The inference image with the CUDA libraries: a tag of its own, or its digest. */}}
{{- define "twinward.cudaImage" -}}
{{- $digest := index .Values.image.digests "inference-cuda" -}}
{{- if $digest -}}
{{ .Values.image.registry }}/inference@{{ $digest }}
{{- else -}}
{{ .Values.image.registry }}/inference:{{ .Values.image.tag | default .Chart.AppVersion }}-cuda
{{- end -}}
{{- end -}}

{{/* Labels of a component; selectors use twinward.selector only. */}}
{{- define "twinward.labels" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
app.kubernetes.io/name: twinward
app.kubernetes.io/component: {{ $component }}
app.kubernetes.io/part-of: twinward
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end -}}

{{- define "twinward.selector" -}}
app.kubernetes.io/name: twinward
app.kubernetes.io/component: {{ . }}
{{- end -}}

{{- define "twinward.twinsAddress" -}}
dns:///twinward-twins.{{ .Release.Namespace }}.svc:8443
{{- end -}}

{{/* Secret with the serving certificate of the twin service. */}}
{{- define "twinward.servingSecret" -}}
{{- if eq .Values.tls.mode "Existing" }}{{ .Values.tls.existingSecret }}{{ else }}twinward-twins-tls{{ end -}}
{{- end -}}

{{/* The metadata of an object in the release namespace: (list $root "twinward-twins" "twins"). */}}
{{- define "twinward.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "twinward.labels" (list $root (index . 2)) | nindent 2 }}
{{- end -}}
