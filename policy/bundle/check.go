package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	xast "github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"chiron/step"
)

// checker is the only user of Cedar's experimental validator.
type checker struct {
	strict *validate.Validator
	names  map[string][]string // entity type → its closed list of ids
	enums  map[string]string   // attribute → enumeration that its value is of
}

func newChecker() (*checker, error) {
	var s schema.Schema
	if err := s.UnmarshalCedar([]byte(Schema())); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		return nil, fmt.Errorf("resolve the schema: %w", err)
	}
	c := &checker{strict: validate.New(resolved, validate.WithStrict()), names: map[string][]string{"Agent": {Agent}},
		enums: map[string]string{}}
	records := map[string]reflect.Type{}
	collect(reflect.TypeFor[Input](), records, map[string]reflect.Type{})
	for _, r := range records {
		for f := range fields(r) {
			if t := typeName(f.Type); resolved.Enums[types.EntityType(t)].Values != nil {
				c.enums[f.Tag.Get("cedar")] = t
			}
		}
	}
	for name, enum := range resolved.Enums {
		for _, v := range enum.Values {
			c.names[string(name)] = append(c.names[string(name)], string(v.ID))
		}
	}
	for _, k := range step.Kinds() {
		c.names["Action"] = append(c.names["Action"], string(k))
	}
	for g := range groups() {
		c.names["Action"] = append(c.names["Action"], g)
	}
	return c, nil
}

// policy checks one policy: its types strictly, and what the validator leaves open: every literal such as Intent::"delete"
// against its closed list, and comparisons of an attribute with a literal of another type, which could never be true.
func (c *checker) policy(id string, p *cedar.Policy) error {
	if err := c.strict.Policy(id, (*xast.Policy)(p.AST())); err != nil {
		return err
	}
	data, err := p.MarshalJSON()
	if err != nil {
		return fmt.Errorf("read the policy: %w", err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return fmt.Errorf("read the policy: %w", err)
	}
	return c.literals(tree)
}

// literals walks Cedar's JSON form of a policy.
func (c *checker) literals(node any) error {
	var errs []error
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			errs = append(errs, c.literals(child))
		}
	case map[string]any:
		kind, isKind := n["type"].(string)
		id, isID := n["id"].(string)
		if isKind && isID {
			if known, closed := c.names[kind]; closed && !slices.Contains(known, id) {
				errs = append(errs, fmt.Errorf("%s::%q does not exist; there are %v", kind, id, known))
			}
		}
		for key, child := range n {
			if key == "==" || key == "!=" {
				errs = append(errs, c.comparison(child))
			}
			errs = append(errs, c.literals(child))
		}
	}
	return errors.Join(errs...)
}

// comparison checks one {"left": …, "right": …}.
func (c *checker) comparison(node any) error {
	var attribute, literal string
	sides, _ := node.(map[string]any)
	for _, side := range sides {
		expr, _ := side.(map[string]any)
		if access, ok := expr["."].(map[string]any); ok {
			attribute, _ = access["attr"].(string)
		}
		if value, ok := expr["Value"].(map[string]any); ok {
			entity, _ := value["__entity"].(map[string]any)
			literal, _ = entity["type"].(string)
		}
	}
	if enum, ok := c.enums[attribute]; ok && literal != "" && literal != enum {
		return fmt.Errorf("the types %s and %s are not compatible: %s is never a %s", enum, literal, attribute, literal)
	}
	return nil
}
