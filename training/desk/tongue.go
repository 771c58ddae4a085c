package desk

import (
	"maps"
	"slices"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Tongue changes the language of the pages.
func Tongue(s *scene.Scene) {
	own := words.Languages()
	names := words.Some(s.Source, 2+s.IntN(4), slices.Sorted(maps.Keys(own)))
	s.App.Header = slices.DeleteFunc(s.App.Header, func(t *world.Thing) bool {
		for _, n := range own {
			if t.Name == n {
				return true
			}
		}
		return t.Name == "English"
	})
	k, done := s.IntN(len(names)), false
	var list []*world.Thing
	for i, n := range names {
		list = append(list, world.Link(own[n], nil))
		list[i].Click = func(*world.App) { done, s.Spoiled = i == k, s.Spoiled || i != k }
	}
	s.App.Header = append(s.App.Header, append([]*world.Thing{world.Link("English", nil)}, list...)...)
	said := words.Of(s.Source, names[k], names[k], own[names[k]], names[k]+" ("+own[names[k]]+")")
	s.Say("tongue", "x", said)
	if s.Impossible {
		list[k].Gone = true
		s.Intents = append(s.Intents, s.Missing(s.First()))
		return
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if done {
			return nil
		}
		if act := a.Use(list[k]); act != nil {
			return act
		}
		return step.Back{}
	})
}
