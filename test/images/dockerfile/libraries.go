package main

import "debug/elf"

// Libraries is what the loader has to find for one ELF file.
type Libraries struct {
	Path   string   `json:"path"`
	Needed []string `json:"needed"`
	// Versions of symbols, such as GLIBC_2.34, each once.
	Versions []string `json:"versions"`
}

func readLibraries(path string) (Libraries, error) {
	file, err := elf.Open(path)
	if err != nil {
		return Libraries{}, err
	}
	defer file.Close()
	needed, err := file.ImportedLibraries()
	if err != nil {
		return Libraries{}, err
	}
	symbols, err := file.ImportedSymbols()
	if err != nil {
		return Libraries{}, err
	}
	seen := map[string]bool{}
	versions := []string{}
	for _, symbol := range symbols {
		if symbol.Version != "" && !seen[symbol.Version] {
			seen[symbol.Version] = true
			versions = append(versions, symbol.Version)
		}
	}
	return Libraries{path, needed, versions}, nil
}
