module sandbox.tools/prometheus-operator

go 1.26.0

// Only the resource definitions in the module's folder of examples are used; no package is imported.
require github.com/prometheus-operator/prometheus-operator v0.85.0
