module sandbox.tools/eck

go 1.26.0

// Only the resource definitions in the module are used; no package is imported.
require github.com/elastic/cloud-on-k8s/v3 v3.5.0
