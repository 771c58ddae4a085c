package desk

import (
	"maps"
	"slices"
	"strings"

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
	k, done, changes := s.IntN(len(names)), false, s.Chance(0.6)
	var list []*world.Thing
	for i, n := range names {
		list = append(list, world.Link(own[n], nil))
		list[i].Click = func(a *world.App) {
			done, s.Spoiled = i == k, s.Spoiled || i != k
			if done && changes {
				translate(s, a)
			}
		}
	}
	s.App.Header = append(s.App.Header, append([]*world.Thing{world.Link("English", nil)}, list...)...)
	said := words.Of(s.Source, names[k], names[k], own[names[k]], names[k]+" ("+own[names[k]]+")")
	title := strings.ToLower(s.First().Title)
	s.Say("tongue", "x", said, "here", words.Of(s.Source, "the page", "this page", "the site", "everything", "the application", "the "+title, "the "+title, "the page "+title))
	s.At = s.First()
	s.Board(s.At)
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

// translate says everything in other words, but for names of languages.
func translate(s *scene.Scene, a *world.App) {
	own := words.Languages()
	for _, list := range [][]*world.Thing{a.Header, a.Page().Body, a.Footer} {
		for _, t := range list {
			if t.Name == "English" || slices.Contains(slices.Collect(maps.Values(own)), t.Name) {
				continue
			}
			t.Name = words.Title(s.Word()) + words.Of(s.Source, "", " "+s.Word(), " "+s.Word()+" "+s.Word())
		}
	}
	a.Page().Title = s.Name()
}
