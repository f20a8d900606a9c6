{{- define "echoscope.name" -}}
{{- if contains "echoscope" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-echoscope" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "echoscope.selector" -}}
app.kubernetes.io/name: echoscope
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "echoscope.labels" -}}
{{ include "echoscope.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "echoscope.storeUrl" -}}
{{- if .Values.store.enabled }}redis://{{ include "echoscope.name" . }}-store:6379/0{{ else }}{{ .Values.store.url }}{{ end }}
{{- end }}

{{- define "echoscope.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "echoscope.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
