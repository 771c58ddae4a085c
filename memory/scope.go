package memory

import (
	"strings"
	"time"

	"github.com/qdrant/go-client/qdrant"
)

// scope limits what an operation may see. newScope is its only maker, so none is without a tenant.
type scope struct {
	tenant string
	limits limits
}

// limits narrow a scope further; zero fields do not.
type limits struct {
	site   string
	kind   Kind
	status Status
	ids    []string
	task   string
	since  time.Time
}

func newScope(tenant string, l limits) (scope, error) {
	if strings.TrimSpace(tenant) == "" {
		return scope{}, ErrTenant
	}
	if l.site != "" {
		site, err := cleanSite(l.site)
		if err != nil {
			return scope{}, err
		}
		l.site = site
	}
	return scope{tenant: tenant, limits: l}, nil
}

// sql is the scope as a condition over the table items.
func (s scope) sql() (where string, args []any) {
	if s.tenant == "" {
		return "0", nil
	}
	conds := []string{"items.tenant = ?"}
	args = []any{s.tenant}
	add := func(cond string, arg any) {
		conds = append(conds, cond)
		args = append(args, arg)
	}
	if s.limits.site != "" {
		add("items.site = ?", s.limits.site)
	}
	if s.limits.kind != "" {
		add("items.kind = ?", string(s.limits.kind))
	}
	if s.limits.status != "" {
		add("items.status = ?", string(s.limits.status))
	}
	if s.limits.task != "" {
		add("items.task = ?", s.limits.task)
	}
	if !s.limits.since.IsZero() {
		add("items.created >= ?", s.limits.since.UnixMilli())
	}
	if len(s.limits.ids) > 0 {
		conds = append(conds, "items.id IN (?"+strings.Repeat(",?", len(s.limits.ids)-1)+")")
		for _, id := range s.limits.ids {
			args = append(args, id)
		}
	}
	return strings.Join(conds, " AND "), args
}

// filter is the scope as a condition over points. Every field has a payload index.
func (s scope) filter() *qdrant.Filter {
	must := []*qdrant.Condition{qdrant.NewMatchKeyword("tenant", s.tenant)}
	add := func(field, value string) {
		if value != "" {
			must = append(must, qdrant.NewMatchKeyword(field, value))
		}
	}
	add("site", s.limits.site)
	add("kind", string(s.limits.kind))
	add("status", string(s.limits.status))
	add("task", s.limits.task)
	if !s.limits.since.IsZero() {
		from := float64(s.limits.since.UnixMilli())
		must = append(must, qdrant.NewRange("created", &qdrant.Range{Gte: &from}))
	}
	if len(s.limits.ids) > 0 {
		ids := make([]*qdrant.PointId, len(s.limits.ids))
		for i, id := range s.limits.ids {
			ids[i] = qdrant.NewID(id)
		}
		must = append(must, qdrant.NewHasID(ids...))
	}
	return &qdrant.Filter{Must: must}
}
