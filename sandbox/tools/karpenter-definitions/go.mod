module sandbox.tools/karpenter-definitions

go 1.26.0

// Only the resource definitions in the module's pkg/apis/crds folder are used; no package is imported.
require sigs.k8s.io/karpenter v1.15.0
