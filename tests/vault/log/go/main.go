// Verifies a bundle with golang.org/x/mod/sumdb: the checkpoint's note, and that every leaf is included in its tree.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

type reader struct{ folder string }

func (r reader) Height() int                                { return 8 }
func (r reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// x/mod writes tile/8/level/…; tlog-tiles leaves the height out.
		name, err := filepath.Rel("tile/8", tile.Path())
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(filepath.Join(r.folder, "tile", name))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func open(folder, key string) tlog.Tree {
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err)
	verifier, err := note.NewVerifier(key)
	must(err)
	signed, err := note.Open(data, note.VerifierList(verifier))
	must(err)
	var tree tlog.Tree
	var origin string
	var root string
	_, err = fmt.Sscanf(signed.Text, "%s\n%d\n%s\n", &origin, &tree.N, &root)
	must(err)
	tree.Hash, err = tlog.ParseHash(root)
	must(err)
	return tree
}

func main() {
	folder, key := os.Args[1], os.Args[2]
	tree := open(folder, key)
	hashes := tlog.TileHashReader(tree, reader{folder})
	for start := int64(0); start < tree.N; start += 256 {
		width := tree.N - start
		name := fmt.Sprintf("%03d.p/%d", start/256, width)
		if width >= 256 {
			width, name = 256, fmt.Sprintf("%03d", start/256)
		}
		data, err := os.ReadFile(filepath.Join(folder, "tile", "entries", name))
		must(err)
		for at := start; at < start+width; at++ {
			length := int(binary.BigEndian.Uint16(data))
			leaf := tlog.RecordHash(data[2 : 2+length])
			data = data[2+length:]
			proof, err := tlog.ProveRecord(tree.N, at, hashes)
			must(err)
			must(tlog.CheckRecord(proof, tree.N, tree.Hash, at, leaf))
		}
	}
	if len(os.Args) > 3 {
		old := open(os.Args[3], key)
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Println("accepted:", tree.N)
}
