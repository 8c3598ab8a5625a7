module sandbox.tools/cluster-api

go 1.26.0

// Only the resource definitions in the module's config/crd folder are used; no package is imported.
require sigs.k8s.io/cluster-api v1.14.2
