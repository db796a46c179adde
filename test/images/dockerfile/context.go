package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
)

// contextFiles lists what a build may copy, relative to the folder; folders themselves are not listed. It walks as the
// client of BuildKit does, so that what that leaves out is left out here too.
func contextFiles(folder string) ([]string, error) {
	patterns, err := ignorePatterns(filepath.Join(folder, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	whole, err := fsutil.NewFS(folder)
	if err != nil {
		return nil, err
	}
	filtered, err := fsutil.NewFilterFS(whole, &fsutil.FilterOpt{ExcludePatterns: patterns})
	if err != nil {
		return nil, err
	}
	files := []string{}
	err = filtered.Walk(context.Background(), "", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
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
