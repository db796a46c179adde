package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/opencontainers/go-digest"
)

// File is one Dockerfile.
type File struct {
	Path     string    `json:"path"`
	Stages   []Stage   `json:"stages"`
	Warnings []Warning `json:"warnings"`
}

// Stage is one FROM and what follows it.
type Stage struct {
	Name     string    `json:"name"`
	Base     string    `json:"base"`
	Platform string    `json:"platform"`
	Commands []Command `json:"commands"`
}

// Command is one instruction; which fields are set depends on its kind.
type Command struct {
	Kind        string            `json:"kind"`
	From        string            `json:"from,omitempty"`
	Sources     []string          `json:"sources,omitempty"`
	Destination string            `json:"destination,omitempty"`
	Words       []string          `json:"words,omitempty"`
	IsShell     bool              `json:"isShell,omitempty"`
	Values      map[string]string `json:"values,omitempty"`
}

// Warning is a finding of the linter, or a build error with the rule "Error".
type Warning struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Line    int    `json:"line"`
}

func readDockerfile(path string) (File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return File{}, err
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return File{}, err
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return File{}, err
	}
	file := File{Path: path, Stages: []Stage{}}
	for _, stage := range stages {
		read, err := readStage(stage)
		if err != nil {
			return File{}, err
		}
		file.Stages = append(file.Stages, read)
	}
	file.Warnings = lint(text)
	return file, nil
}

func readStage(stage instructions.Stage) (Stage, error) {
	read := Stage{Name: stage.Name, Base: stage.BaseName, Platform: stage.Platform, Commands: []Command{}}
	for _, command := range stage.Commands {
		converted, err := readCommand(command)
		if err != nil {
			return Stage{}, err
		}
		read.Commands = append(read.Commands, converted)
	}
	return read, nil
}

func readCommand(command instructions.Command) (Command, error) {
	read := Command{Kind: strings.ToUpper(command.Name())}
	switch c := command.(type) {
	case *instructions.CopyCommand:
		read.From, read.Sources, read.Destination = c.From, c.SourcePaths, c.DestPath
		hasOption := c.Parents || len(c.ExcludePatterns) > 0 || c.Chown != "" || c.Chmod != ""
		if len(c.SourceContents) > 0 || hasOption {
			return read, fmt.Errorf("COPY with a heredoc, --parents, --exclude, --chown or --chmod is not replayed")
		}
	case *instructions.RunCommand:
		read.Words, read.IsShell = c.CmdLine, c.PrependShell
		if len(c.Files) > 0 || len(c.FlagsUsed) > 0 {
			return read, fmt.Errorf("RUN with a heredoc or flags is not replayed")
		}
	case *instructions.EntrypointCommand:
		read.Words, read.IsShell = c.CmdLine, c.PrependShell
	case *instructions.CmdCommand:
		read.Words, read.IsShell = c.CmdLine, c.PrependShell
	case *instructions.EnvCommand:
		read.Values = map[string]string{}
		for _, pair := range c.Env {
			read.Values[pair.Key] = pair.Value
		}
	case *instructions.WorkdirCommand:
		read.Destination = c.Path
	case *instructions.UserCommand:
		read.Words = []string{c.User}
	}
	return read, nil
}

// lint converts every stage as a build would; what the conversion refuses is a warning with the rule "Error".
func lint(text []byte) []Warning {
	warnings := []Warning{}
	_, err := dockerfile2llb.Dockerfile2LLB(context.Background(), text, dockerfile2llb.ConvertOpt{
		MetaResolver: offline{},
		AllStages:    true,
		Warn: func(rule, _, _, message string, location []parser.Range) {
			line := 0
			if len(location) > 0 {
				line = location[0].Start.Line
			}
			warnings = append(warnings, Warning{rule, message, line})
		},
	})
	if err != nil {
		warnings = append(warnings, Warning{"Error", err.Error(), 0})
	}
	return warnings
}

// offline answers for every base image with the one thing that all of them set.
type offline struct{}

func (offline) ResolveImageConfig(
	_ context.Context, ref string, _ sourceresolver.Opt,
) (string, digest.Digest, []byte, error) {
	path := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	config := `{"architecture":"amd64","os":"linux","config":{"Env":["PATH=` + path + `"]}}`
	return ref, "", []byte(config), nil
}
