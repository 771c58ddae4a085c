package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/cedar-policy/cedar-go"
	xast "github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"chiron/step"
)

// checker is the only user of Cedar's experimental validator.
type checker struct {
	strict *validate.Validator
	names  map[string][]string // entity type → its closed list of ids
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
	c := &checker{strict: validate.New(resolved, validate.WithStrict()), names: map[string][]string{"Agent": {Agent}}}
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

// policy checks one policy: its types strictly, and every literal such as Intent::"delete" against its closed list, which
// the validator leaves open.
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
		for _, child := range n {
			errs = append(errs, c.literals(child))
		}
	}
	return errors.Join(errs...)
}
