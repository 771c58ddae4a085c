package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"

	"chiron/step"
)

// MaxFile is the size in bytes beyond which a file of a bundle is refused.
const MaxFile = 1 << 20

// dutiesFile is the file whose policies are obligations instead of rules.
const dutiesFile = "obligations.cedar"

// Bundle is one loaded and checked set of rules.
type Bundle struct {
	hash   string
	rules  map[string]Rule
	full   *cedar.PolicySet // every rule
	strict *cedar.PolicySet // without those that ask
	duties *cedar.PolicySet // obligations
	check  *checker
	record *recorder

	entities cedar.EntityMap // the actions and their groups
}

// Rule is one policy as people refer to it.
type Rule struct {
	ID          string
	Reason      string // one plain sentence
	Ask         string // "", supervised or always
	Obligations []step.Obligation
	Forbids     bool
	File        string
}

// Hash names the rules by content.
func (b *Bundle) Hash() string { return b.hash }

// Rules returns all rules and obligations, ordered by id.
func (b *Bundle) Rules() []Rule {
	out := make([]Rule, 0, len(b.rules))
	for _, r := range b.rules {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, c Rule) int { return strings.Compare(a.ID, c.ID) })
	return out
}

// Load reads the *.cedar files of a folder, checks each rule against Schema, and runs the cases in its folder tests. Any
// fault refuses the whole bundle; the error names every fault with its file and rule.
func Load(fsys fs.FS) (*Bundle, error) {
	files, err := fs.Glob(fsys, "*.cedar")
	if err != nil {
		return nil, fmt.Errorf("load bundle: %w", err)
	}
	if len(files) == 0 {
		return nil, errors.New("load bundle: there are no *.cedar files")
	}
	check, err := newChecker()
	if err != nil {
		return nil, fmt.Errorf("load bundle: %w", err)
	}
	b := &Bundle{rules: map[string]Rule{}, full: cedar.NewPolicySet(), strict: cedar.NewPolicySet(),
		duties: cedar.NewPolicySet(), check: check, record: newRecorder(), entities: actions()}
	sum := sha256.New()
	var errs []error
	for _, name := range files {
		data, err := read(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("load bundle: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
		errs = append(errs, b.add(name, data))
	}
	b.hash = hex.EncodeToString(sum.Sum(nil))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("load bundle: %w", err)
	}
	if err := b.runCases(fsys); err != nil {
		return nil, fmt.Errorf("load bundle: %w", err)
	}
	return b, nil
}

func read(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, MaxFile)
	}
	return fs.ReadFile(fsys, name)
}

// add parses one file and adds its policies.
func (b *Bundle) add(name string, data []byte) error {
	list, err := cedar.NewPolicyListFromBytes(name, data)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var errs []error
	for _, p := range list {
		r, err := ruleOf(name, p)
		if err == nil {
			_, twice := b.rules[r.ID]
			switch {
			case twice:
				err = errors.New("the id is used twice")
			default:
				err = b.check.policy(r.ID, p)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: rule %q: %w", name, p.Position().Line, r.ID, err))
			continue
		}
		b.rules[r.ID] = r
		b.place(r, p)
	}
	return errors.Join(errs...)
}

func (b *Bundle) place(r Rule, p *cedar.Policy) {
	id := cedar.PolicyID(r.ID)
	switch {
	case r.Obligations != nil:
		b.duties.Add(id, p)
	case r.Ask != "":
		b.full.Add(id, p)
	default:
		b.full.Add(id, p)
		b.strict.Add(id, p)
	}
}

var ruleID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ruleOf reads the annotations of a policy. One that is not known is a typing mistake and refused: a rule must never mean
// something else because of it.
func ruleOf(file string, p *cedar.Policy) (Rule, error) {
	r := Rule{File: file, Forbids: p.Effect() == cedar.Forbid}
	for key, value := range p.Annotations() {
		switch key {
		case "id":
			r.ID = string(value)
		case "reason":
			r.Reason = string(value)
		case "ask":
			r.Ask = string(value)
			if r.Ask != "always" && r.Ask != "supervised" {
				return r, fmt.Errorf(`@ask(%q): write "always" or "supervised"`, r.Ask)
			}
		case "obligation":
			r.Obligations = []step.Obligation{}
			for name := range strings.FieldsSeq(string(value)) {
				if !slices.Contains(step.Obligations(), step.Obligation(name)) {
					return r, fmt.Errorf("@obligation: %q is not one of %v", name, step.Obligations())
				}
				r.Obligations = append(r.Obligations, step.Obligation(name))
			}
		default:
			return r, fmt.Errorf("@%s is not known; there are @id, @reason, @ask and @obligation", key)
		}
	}
	return r, r.valid(path.Base(file) == dutiesFile)
}

func (r Rule) valid(duties bool) error {
	switch {
	case !ruleID.MatchString(r.ID):
		return errors.New(`every rule needs an @id of letters, digits, "-" and "_"`)
	case strings.TrimSpace(r.Reason) == "":
		return errors.New("every rule needs a @reason, one plain sentence")
	case r.Ask != "" && !r.Forbids:
		return errors.New("@ask belongs to a forbid")
	case duties && (len(r.Obligations) == 0 || r.Forbids):
		return fmt.Errorf("in %s every policy is a permit with @obligation", dutiesFile)
	case !duties && r.Obligations != nil:
		return fmt.Errorf("@obligation belongs into %s", dutiesFile)
	}
	return nil
}
