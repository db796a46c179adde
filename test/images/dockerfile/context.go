package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// contextFiles lists what a build may copy, relative to the folder; folders themselves are not listed.
func contextFiles(folder string) ([]string, error) {
	patterns, err := ignorePatterns(filepath.Join(folder, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	files := []string{}
	skipped := map[string]bool{".git": true, "node_modules": true, ".venv": true, ".twinward": true}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		ignored, err := matcher.MatchesOrParentMatches(relative)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			// Large folders are not walked when they are ignored as a whole; no pattern lets a part of them in.
			if ignored && skipped[relative] {
				return filepath.SkipDir
			}
			return nil
		}
		if !ignored {
			files = append(files, relative)
		}
		return nil
	})
	return files, err
}

func ignorePatterns(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ignorefile.ReadAll(file)
}
