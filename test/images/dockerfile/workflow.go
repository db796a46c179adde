package main

import (
	"io"

	"github.com/rhysd/actionlint"
)

// Finding is what actionlint says about a place in a workflow.
type Finding struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Line    int    `json:"line"`
}

// lintWorkflow checks syntax, expressions, types and contexts of a workflow; shell scripts in it are not checked.
func lintWorkflow(path string) ([]Finding, error) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		return nil, err
	}
	found, err := linter.LintFile(path, nil)
	if err != nil {
		return nil, err
	}
	findings := make([]Finding, 0, len(found))
	for _, each := range found {
		findings = append(findings, Finding{each.Kind, each.Message, each.Line})
	}
	return findings, nil
}
