package policy_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Only the gate makes permits: no other place in the tree, tests included, may write a Permit literal, and only Admit a
// grant.
func TestOnlyTheGateMakesPermits(t *testing.T) {
	root := ".."
	found := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (strings.HasPrefix(e.Name(), ".") && path != root || e.Name() == "build" && filepath.Dir(path) == root) {
			return filepath.SkipDir
		}
		if e.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		made, err := makers(path, src)
		for _, m := range made {
			if found++; !strings.HasPrefix(m, filepath.Join(root, "policy", "gate.go")+":") {
				t.Errorf("%s: only policy's gate makes permits", m)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != 2 {
		t.Errorf("found %d places where a permit or grant is made, want 2, both in Admit: the search is broken", found)
	}
}

func TestTheSearchFindsForgers(t *testing.T) {
	for name, src := range map[string]string{
		"literal":  `package x; import "chiron/policy"; var _ = policy.Permit{}`,
		"pointer":  `package x; import "chiron/policy"; var _ = &policy.Permit{}`,
		"renamed":  `package x; import p "chiron/policy"; var _ = p.Permit{}`,
		"slice":    `package x; import "chiron/policy"; var _ = []policy.Permit{{}}`,
		"dot":      `package x; import . "chiron/policy"; var _ = Permit{}`,
		"alias":    `package x; import "chiron/policy"; type Free = policy.Permit`,
		"derived":  `package x; import "chiron/policy"; type Free policy.Permit`,
		"embedded": `package policy; var _ = Permit{nil}`,
		"grant":    `package policy; var _ = &grant{}`,
	} {
		made, err := makers("policy/x.go", []byte(src))
		if err != nil || len(made) == 0 {
			t.Errorf("%s: not found (%v)", name, err)
		}
	}
	made, err := makers("x.go", []byte(`package x; import "chiron/policy"; func f(p *policy.Permit) []*policy.Permit { return []*policy.Permit{p} }`))
	if err != nil || len(made) != 0 {
		t.Errorf("an honest carrier is accused: %v, %v", made, err)
	}
}

// makers returns the places of a file where a Permit or a grant is made, or its type gets another name.
func makers(path string, src []byte) ([]string, error) {
	if !strings.Contains(string(src), "chiron/policy") && !strings.Contains(filepath.ToSlash(path), "policy/") {
		return nil, nil
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	own := file.Name.Name == "policy"
	var out []string
	note := func(n ast.Node) { out = append(out, fmt.Sprint(set.Position(n.Pos()))) }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if list, ok := n.Type.(*ast.ArrayType); ok && names(list.Elt, own) || names(n.Type, own) {
				note(n)
			}
		case *ast.TypeSpec:
			if names(n.Type, own) {
				note(n)
			}
		}
		return true
	})
	return out, nil
}

// names reports whether an expression is the type Permit of some package, or in the own package grant.
func names(e ast.Expr, own bool) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "Permit" || own && e.Name == "grant"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Permit"
	}
	return false
}
