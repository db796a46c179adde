{{/* What every pod of ours says about its security: the restricted profile and more. */}}
{{- define "twinward.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "twinward.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The version is said although it is the default: without it, who comes from client-side apply meets a conflict. */}}
{{- define "twinward.podIdentity" -}}
- name: POD_IP
  valueFrom: {fieldRef: {apiVersion: v1, fieldPath: status.podIP}}
- name: POD_NAME
  valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}
{{- end -}}

{{- define "twinward.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: health}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: health}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: health}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{/* Token that proves this account to our own services; not one for the Kubernetes API. */}}
{{- define "twinward.tokenVolume" -}}
name: token
projected:
  sources:
    - serviceAccountToken: {path: token, audience: twinward, expirationSeconds: 3600}
{{- end -}}

{{/* The shared settings, and a hash by which a change of them starts new pods. */}}
{{- define "twinward.sharedConfig" -}}
TWINWARD_CLUSTER_ID: {{ .Values.clusterId | quote }}
TWINWARD_LOG_LEVEL: {{ .Values.logLevel | quote }}
{{- range $key, $value := .Values.config }}
TWINWARD_{{ snakecase $key | upper }}: {{ int64 $value | quote }}
{{- end }}
{{- end -}}

{{- define "twinward.configHash" -}}
twinward.io/config: {{ include "twinward.sharedConfig" . | sha256sum | trunc 16 | quote }}
{{- end -}}

{{- define "twinward.envFrom" -}}
- configMapRef: {name: twinward-config}
{{- end -}}

{{/* Native sidecars of a process with a connection to the database. */}}
{{- define "twinward.databaseSidecars" -}}
{{- with .Values.database.sidecars }}
initContainers:
{{- range . }}
  - {{- toYaml (omit . "restartPolicy" "securityContext") | nindent 4 }}
    restartPolicy: Always
    securityContext:
      {{- include "twinward.containerSecurity" $ | nindent 6 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "twinward.placement" -}}
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Spreads the replicas of a component over zones and nodes where that is possible. */}}
{{- define "twinward.spread" -}}
topologySpreadConstraints:
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "twinward.selector" $ | nindent 8 }}
{{- end }}
{{- end -}}
