// Reads Dockerfiles with BuildKit's own parser and linter, and prints what they find; succeeds where that is nothing.
package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func findings(path string) (found []string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		return nil, err
	}
	for _, warning := range parsed.Warnings {
		found = append(found, warning.Short)
	}
	warn := func(rule, _, _, message string, at []parser.Range) {
		found = append(found, fmt.Sprintf("%d: %s: %s", at[0].Start.Line, rule, message))
	}
	_, _, err = instructions.Parse(parsed.AST, linter.New(&linter.Config{Warn: warn}))
	return found, err
}

func main() {
	failed := false
	for _, path := range os.Args[1:] {
		found, err := findings(path)
		if err != nil {
			found = append(found, err.Error())
		}
		for _, finding := range found {
			failed = true
			fmt.Printf("%s: %s\n", path, finding)
		}
	}
	if failed {
		os.Exit(1)
	}
}
