module sandbox.tools/cert-manager

go 1.26.0

// Only the resource definitions in the module's deploy/crds folder are used; no package is imported.
require github.com/cert-manager/cert-manager v1.21.2
