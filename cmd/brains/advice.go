package brains

import (
	"context"

	"chiron/memory"
	"chiron/mind"
	"chiron/step"
)

// tenant is the only one that memory knows until keys belong to tenants.
const tenant = "default"

// Advisor asks memory for advice, with examples where the actor's model wants them.
type Advisor struct {
	Memory *memory.Memory
	Brains *Brains
}

// Recall implements agent.Memory.
func (a Advisor) Recall(ctx context.Context, t step.Task, site string) (advice mind.Advice, ids []string, degraded string) {
	profile := a.Brains.Profile(mind.RoleActor, t.Models[string(mind.RoleActor)])
	got, err := a.Memory.Recall(ctx, memory.Query{Tenant: tenant, Site: site, Goal: t.Goal, Examples: profile.Examples})
	if err != nil {
		return advice, nil, err.Error()
	}
	for _, i := range got.Items {
		advice.Texts, ids = append(advice.Texts, i.Text), append(ids, i.ID)
	}
	advice.Examples = got.Examples
	return advice, ids, got.Degraded
}
