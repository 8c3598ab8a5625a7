module sandbox.tools/gateway-api

go 1.26.0

// Only the resource definitions in the module's config/crd folder are used; no package is imported.
require sigs.k8s.io/gateway-api v1.6.3
