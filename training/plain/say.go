package plain

import (
	"slices"
	"strings"
	"unicode"

	"chiron/training/scene"
	"chiron/training/words"
)

// wordings are ways around what is asked for; the last of them are held out of training, as words.Wordings' are. {x} is what is asked
// for, {X} the same with a capital, {a} is what it is about, {o} the option.
func wordings(kind string) []string {
	all := map[string]string{
		"do":    `{X}{in}|{X}{in}|Please {x}{in}|I would like you to {x}{in}|Could you {x}{in}|Can you {x}{in}|I need you to {x}{in}|Be so kind as to {x}{in}|Help me{in}: {x}|I ask you to {x}{in}|My wish{in}: {x}|This is what I want{in}: {x}|Kindly {x}{in}|One thing to do{in}: {x}`,
		"said":  `{X}. See that it is done{in}|{X}. See to it{in}|{X}. Do something about it{in}|{X}. Take care of that{in}|{X}. Help me with it{in}|{X}. Find the control for that{in}|{X}. You know what to do{in}|{X}. Look{in} and do it|{X}. Please arrange that{in}|{X}. Deal with it{in}`,
		"set":   `Set {a} to {o}{in}|Change {a} to {o}{in}|I want {o} for {a}{in}|Let {a} be {o}{in}|Choose {o} for {a}{in}|Switch {a} to {o}{in}|For {a}{in}, take {o}|Put {a} on {o}{in}|{A}{in} should be {o}|Turn {a} into {o}{in}|As for {a}{in}: {o}, please|I prefer {o} when it comes to {a}{in}`,
		"how":   `Set {a} to {o}{in}|Change {a} to {o}{in}|Choose {o} for {a}{in}|As for {a}{in}, take {o}|Decide {a}{in}: {o}|There is a choice{in} of {a}: take {o}|I prefer {o} when it comes to {a}{in}|{A}{in}: I want {o}|Settle {a}{in} with {o}|Go for {o} as to {a}{in}`,
		"on":    `Switch on {a}{in}|Turn on {a}{in}|Allow {a}{in}|Start {a}{in}|Make sure that {a} is on{in}|Begin with {a}{in}|Activate {a}{in}|Say yes to {a}{in}|Let there be {a}{in}`,
		"off":   `Switch off {a}{in}|Turn off {a}{in}|I do not want {a}{in}|No more {a}{in}|Stop {a}{in}|Make sure that {a} is off{in}|Do without {a}{in}|Get rid of {a}{in}|Say no to {a}{in}|Put an end to {a}{in}`,
		"only":  `Show only {x}{in}|Show me {x}{in} and nothing else|I want to see only {x}{in}|List {x}{in} alone|Let me see {x}{in}, and nothing but that|Narrow the list{in} to {x}|Leave only {x} in the list{in}|I am looking for {x}{in}: hide the rest|Nothing but {x}{in}|Limit what you show{in} to {x}|Pick out {x}{in}|Take away all but {x}{in}`,
		"ask":   `{X}{in}?|{X}{in}?|Tell me{in}: {x}?|Our customer wants to know{in}: {x}?|I have a question{in}: {x}?|Please find out{in}: {x}?|Look it up{in}: {x}?|My boss asks me{in}: {x}?|I have to answer this{in}: {x}?|Somebody asked{in}: {x}?|Can you see{in}: {x}?|Answer me this{in}: {x}?`,
		"name":  `Tell me {x}{in}|Give me {x}{in}|I need {x}{in}|Find {x}{in}|Look up {x}{in}|Report {x}{in}|Find out {x}{in}|I would like to know {x}{in}|Read out {x}{in}|Let me have {x}{in}`,
		"reach": `I do not know where to {x}: open the right page|Take me to where I can {x}|Open the page where I can {x}|Go to where people {x}|I want to {x}: open the right page|Open the part of the site where I can {x}|Bring me to the place where I can {x}|I would like to {x}. Go to the page for it|Show me the page where one can {x}|There must be a section to {x}: go there|I need to {x}; get me to the page for that|Find the place to {x} and open it`,
		"see":   `Show me {x}|Open the page that tells {x}|I want to know {x}: open the page for that|I want to see {x}|Take me to where I see {x}|Let me see {x}|Go to the page with {x}|I do not know where to see {x}: open it|Open what says {x}|Find the page that shows {x} and open it`,
	}
	return strings.Split(all[kind], "|")
}

// say adds a clause to the goal as scene.Say does, in a wording of this package.
func say(s *scene.Scene, kind string, pairs ...string) {
	all := wordings(kind)
	n := len(all) - words.HeldWordings
	if s.HeldWordings {
		all = all[n:]
	} else {
		all = all[:n]
	}
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, "{"+pairs[i]+"}", pairs[i+1], "{"+strings.ToUpper(pairs[i])+"}", words.Title(pairs[i+1]))
	}
	s.Says = append(s.Says, words.Title(strings.NewReplacer(list...).Replace(words.Of(s.Source, all...))))
}

// wish adds a way to ask for something to be done: an order, or a sentence that says how things are or should be.
func wish(s *scene.Scene, way, in string) {
	s.Whole = s.Whole || sentence(way)
	switch {
	case !sentence(way):
		say(s, "do", "x", way, "in", in)
		last := &s.Says[len(s.Says)-1]
		*last = strings.ReplaceAll(strings.ReplaceAll(*last, " to do not ", " not to "), " you do not ", " you please not ")
	case in == "" && !s.HeldWordings && s.Chance(0.4):
		s.Says = append(s.Says, words.Title(way))
	default:
		say(s, "said", "x", way, "in", in)
	}
}

// sentence reports whether a way to ask is a sentence of its own and not an order.
func sentence(way string) bool {
	first, _, _ := strings.Cut(way, " ")
	return unicode.IsUpper(rune(first[0])) || first[0] == '{' || slices.Contains(strings.Fields("it the there this these they nobody none no that something only my strangers people guests new you if in when once too somebody some whenever wherever"), first)
}

// clause draws a way to ask of a choice; in a chain of goals, an order if there is one.
func (c choice) clause(s *scene.Scene) string {
	var orders []string
	for _, w := range c.ways {
		if !sentence(w) {
			orders = append(orders, w)
		}
	}
	if s.Kind == "chain" && len(orders) > 0 {
		return words.Of(s.Source, orders...)
	}
	return words.Of(s.Source, c.ways...)
}
