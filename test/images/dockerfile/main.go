// Reads Dockerfiles, build contexts and libraries with the code that a build uses. Answers JSON on stdout.
//
//	dockerfile read FILE…       stages and what BuildKit's linter says
//	dockerfile context FOLDER   files that .dockerignore lets into the build context
//	dockerfile libraries FILE…  shared libraries and symbol versions that ELF files need
//	dockerfile workflows FILE…  what actionlint says about workflows that build images
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: dockerfile read|context|libraries|workflows PATH…")
	}
	var (
		answer any
		err    error
	)
	switch args[0] {
	case "read":
		answer, err = each(args[1:], readDockerfile)
	case "context":
		answer, err = contextFiles(args[1])
	case "libraries":
		answer, err = each(args[1:], readLibraries)
	case "workflows":
		answer, err = each(args[1:], lintWorkflow)
	default:
		err = fmt.Errorf("unknown command %q: use read, context, libraries or workflows", args[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

func each[T any](paths []string, read func(string) (T, error)) ([]T, error) {
	answers := make([]T, 0, len(paths))
	for _, path := range paths {
		answer, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		answers = append(answers, answer)
	}
	return answers, nil
}
