// Pins the Pod Security Standards' own test cases; nothing is built from this module.
module policies.tests/pod-security-cases

go 1.26.0

require k8s.io/pod-security-admission v0.36.3
