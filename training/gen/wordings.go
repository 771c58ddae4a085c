package gen

import (
	"strings"

	"chiron/training/words"
)

// heldWordings is how many wordings of each kind, the last ones, are never used in training.
const heldWordings = 2

// wordings are ways to ask for each kind of goal. {in} is where, with a leading space, or nothing.
func wordings(kind string) []string {
	all := map[string]string{
		"signin":        `Sign in as {user} with the password {pass}|Log in with user name {user} and password {pass}|Log in as {user}, password {pass}|Please sign in: {user} / {pass}|Use {user} and {pass} to sign in|Authenticate as {user} using {pass}|Get me signed in as {user} (password {pass})|Open my account; the user is {user} and the password is {pass}|Login: user {user}, password {pass}|I want to be signed in as {user} with {pass}|Enter with the account {user}, whose password is {pass}|Start a session for {user}; {pass} is the password`,
		"signin_secret": `Sign in as {user}|Log in with the user {user}|Log in to {brand} as {user}|Please sign in with my account {user}|Sign in|Log me in|I want to be signed in as {user}|Authenticate as {user}|Use the account {user} to log in|Get into {brand} as {user}|Begin a session as {user}|Let {user} in`,
		"form":          `Fill in the form{in}: {set} and send it|Submit the form{in} with {set}|Create a new entry{in} with {set}|Add an entry{in}: {set}|Complete the form{in} with {set}, then submit it|Enter {set}{in} and submit|Send a request{in} with {set}|Register{in} with {set}|File the form{in} using {set}|Set {set}{in} and send the form|Hand in the form{in}; {set}|Put {set} into the form{in} and confirm`,
		"form_inputs":   `Fill in the form{in} and send it|Submit the form{in} with the given values|Create a new entry{in} from the known values|Complete and submit the form{in}|Enter the known values{in} and submit|Send the form{in} with my data|File it{in} with these values|Register{in} with the given data|Fill out everything{in} and hand it in|Use what you know to complete the form{in}`,
		"edit":          `Change {label} to {value}{in}|Set {label} to {value}{in} and save|Update {label}{in}: it must be {value}|Replace {label} by {value}{in}|Edit {label}{in} so that it says {value}, and save it|Correct {label}{in} to {value}|{label} should be {value}{in}; save that|Put {value} into {label}{in} and save|Make {value} the new {label}{in}|Store {value} as {label}{in}`,
		"search":        `Search for {item} and open it|Find {item} and open it|Look for {item} with the search and open the result|Open {item} by searching for it|Use the search to find {item}, then open it|Show me the page of {item}; use the search|Search {item}, open the match|I need the page of {item}: search for it|Look up {item} and go to its page|Search the site for {item} and click the result`,
		"search_only":   `Search for {item}|Look for {item}|Find {item} with the search|Run a search for {item}|Show the search results for {item}|Use the search box to look for {item}|Search the site for {item}|I want to see what a search for {item} gives|Query {item}|Type {item} into the search and start it`,
		"cart":          `Add {item} to the {cart}{in}|Put {item} into the {cart}{in}|I want to buy {item}{in}: add it to the {cart}|Add the product {item} to my {cart}{in}|Place {item} in the {cart}{in}|Get {item} into the shopping {cart}{in}|Buy {item}{in}; put it in the {cart}|Choose {item}{in} and add it to the {cart}|Drop {item} into my {cart}{in}|My {cart} should hold {item}{in}`,
		"cart_checkout": `Add {item} to the {cart}{in} and open the {cart}|Put {item} into the {cart}{in}, then go to the {cart}|Place {item} in the {cart}{in} and show the {cart}|Add {item}{in}, then view the {cart}|Buy {item}{in}: add it and open the {cart}|I want {item}{in} in the {cart}; open it afterwards|Get {item} into the {cart}{in} and look at the {cart}|Add {item} to the {cart}{in}, after that open it|Order {item}{in} up to the {cart} page|Take {item}{in} and go on to the {cart}`,
		"on":            `Switch on {x}{in}|Turn on {x}{in}|Enable {x}{in}|Tick {x}{in}|Activate {x}{in}|Make sure that {x} is on{in}|Check the box {x}{in}|{x} should be on{in}|Please enable {x}{in}|Turn {x} on{in} and save|I want {x} switched on{in}|Set the tick at {x}{in}`,
		"off":           `Switch off {x}{in}|Turn off {x}{in}|Disable {x}{in}|Untick {x}{in}|Deactivate {x}{in}|Make sure that {x} is off{in}|Clear the box {x}{in}|{x} should be off{in}|Please disable {x}{in}|Turn {x} off{in} and save|I no longer want {x}{in}|Remove the tick at {x}{in}`,
		"option":        `Set {label} to {value}{in}|Choose {value} as {label}{in}|Select {value} for {label}{in}|Change {label} to {value}{in} and save|Pick {value} under {label}{in}|{label} should be {value}{in}|Switch {label} to {value}{in}|Make {label} {value}{in}|I want {value} for {label}{in}|Put {label} on {value}{in}|Let {label} be {value}{in}|Go for {value} at {label}{in}`,
		"nav":           `Open {page}|Go to {page}|Show {page}|Open the page {page}|Navigate to {page}|Go to the {page} page|Take me to {page}|Visit {page}|Show me the {page} section|I want to see {page}|Bring up {page}|Where is {page}? Open it`,
		"read":          `What is {x}{in}?|Read {x}{in}|Tell me {x}{in}|Find {x}{in}|Give me {x}{in}|Look up {x}{in}|Which {x} is shown{in}?|I need to know {x}{in}|Report {x}{in}|What does it say for {x}{in}?|Find out {x}{in}|Let me know {x}{in}`,
		"table":         `What is {col} of {row}{in}?|Read {col} of {row}{in}|Which {col} does {row} have{in}?|Tell me {col} of {row}{in}|Find {col} for {row}{in}|Give me {col} of the entry {row}{in}|Look up {row}{in} and report {col}|What does the table say for {row} under {col}{in}?|Find the row {row}{in}; what is its {col}?|{row}: what is its {col}{in}?|I need {col} of {row}{in}|Check {row}{in} and name its {col}`,
		"sort":          `Sort by {x}{in}|Order the list by {x}{in}|Sort the table by {x}{in}|Arrange the entries by {x}{in}|Show the list sorted by {x}{in}|Sort everything by {x}{in}|Put the list in order of {x}{in}|I want it sorted by {x}{in}|Rank the rows by {x}{in}|Let {x} decide the order{in}`,
		"sort_read":     `Sort by {x}{in} and give me the first entry|Order the list by {x}{in}; which one is first?|Which entry comes first when sorted by {x}{in}?|Sort the table by {x}{in} and name the first row|Arrange by {x}{in} and read the first one|Sort by {x}{in}. What stands first?|Show the list sorted by {x}{in} and tell me the top one|After sorting by {x}{in}, which entry is at the top?|Rank by {x}{in}; name the winner|Who leads the list by {x}{in}?`,
		"filter":        `Show only entries with {label} {value}{in}|Filter by {label} {value}{in}|Show only those whose {label} is {value}{in}|Limit the list to {label} {value}{in}|Filter the list{in}: {label} must be {value}|Only list what has {label} {value}{in}|Use the filter {label} = {value}{in}|I want to see only {label} {value}{in}|Restrict {label} to {value}{in}|Hide all but {label} {value}{in}`,
		"logout":        `Log out|Sign out|Sign me out|End the session|Log me out of {brand}|Please sign out|Leave my account|Log off|Close my session|Get me out of the account`,
		"remove":        `Delete {row}{in}|Remove {row}{in}|Delete the entry {row}{in}|Delete {row} for good{in}|Remove {row} from the list{in}|Get rid of {row}{in}|Please delete {row}{in} and confirm|Erase {row}{in}|Throw {row} away{in}|{row} has to go{in}`,
		"keep":          `Start to delete {row}{in}, but do not confirm it|Click delete for {row}{in} and cancel the question|Try to delete {row}{in} but dismiss the dialog|Ask to remove {row}{in}, then cancel|Press delete at {row}{in}, then choose cancel|Begin deleting {row}{in} and call it off|Delete {row}{in} up to the question, and refuse it|Show the delete dialog of {row}{in} and dismiss it|Open the delete question of {row}{in} and say no|Almost delete {row}{in}: dismiss the confirmation`,
		"row":           `{verb} {row}{in}|Click {verb} for {row}{in}|{verb} the entry {row}{in}|Use {verb} at {row}{in}|Please {verb} {row}{in}|Press {verb} in the row of {row}{in}|In the line {row}{in}, choose {verb}|For {row}{in}: {verb}|{row} needs {verb}{in}|Apply {verb} to {row}{in}`,
		"press":         `Click {x}{in}|Press {x}{in}|Use the button {x}{in}|Press the {x} button{in}|Click on {x}{in}|Choose {x}{in}|Hit {x}{in}|Push {x}{in}|Trigger {x}{in}|Activate the button {x}{in}`,
		"open":          `Open {item}{in}|Open the entry {item}{in}|Go to the details of {item}{in}|Show {item}{in}|Show the details of {item}{in}|View {item}{in}|Click {item}{in}|Open the page of {item}{in}|Let me see {item}{in}|Get to {item}{in}`,
		"tabs":          `Turn on {x} under {tab}{in}|Open the tab {tab}{in} and switch on {x}|Go to the {tab} tab{in} and enable {x}|On the tab {tab}{in}, turn on {x}|Enable {x} on the {tab} tab{in}|In {tab}{in}, tick {x}|Switch on {x}; it is under {tab}{in}|Choose {tab}{in}, then activate {x}|Below {tab}{in}, tick {x}|Visit the tab {tab}{in} to turn on {x}`,
		"wizard":        `Go through the form{in} with {set}|Complete all steps{in}: {set}|Finish the wizard{in} using {set}|Work through the pages{in} with {set} and finish|Fill in every step{in}: {set}|Run the assistant{in} with {set}|Complete the guided form{in}: {set}|Do the whole application{in} with {set}|Take the steps{in} with {set}|Bring the application{in} to its end: {set}`,
		"paging":        `Open page {n} of the list{in}|Go to page {n}{in}|Show page {n}{in}|Turn to page {n} of the table{in}|I want to see page {n}{in}|Browse to page {n}{in}|Jump to page {n}{in}|Switch to page {n} of the entries{in}|Leaf to page {n}{in}|Move on to page {n}{in}`,
		"dates":         `Pick day {n}{in}|Choose the {n} in the calendar{in}|Select day {n}{in}|Click day {n} of the month{in}|Choose day {n}{in}|Set the date to day {n}{in}|In the calendar{in}, take the {n}|Mark day {n}{in}|Book the {n}{in}|Go for day {n}{in}`,
	}
	return strings.Split(all[kind], "|")
}

// wording draws one of a kind, from the part that this scene may use.
func (s *scene) wording(kind string) string {
	all := wordings(kind)
	if s.heldWordings {
		return words.Of(s.Source, all[len(all)-heldWordings:]...)
	}
	return words.Of(s.Source, all[:len(all)-heldWordings]...)
}

// say adds a clause to the goal; pairs are placeholders and what stands there.
func (s *scene) say(kind string, pairs ...string) {
	clause := s.wording(kind)
	for i := 0; i < len(pairs); i += 2 {
		clause = strings.ReplaceAll(clause, "{"+pairs[i]+"}", pairs[i+1])
	}
	s.says = append(s.says, clause)
}

// goal joins the clauses.
func (s *scene) goal() string {
	if len(s.says) == 1 {
		g := s.says[0]
		if s.Chance(0.15) && !strings.HasSuffix(g, "?") {
			g = words.Of(s.Source, "Please "+lowerFirst(g), g+", please", g+", then stop", "Task: "+g)
		}
		if s.Chance(0.3) && !strings.HasSuffix(g, "?") {
			g += "."
		}
		return g
	}
	join := words.Of(s.Source, ", then ", " and then ", ". Then ", ", after that ", "; ", ". After that, ", ". ")
	g := s.says[0]
	if s.Chance(0.2) {
		g = "First " + lowerFirst(g)
	}
	for _, c := range s.says[1:] {
		if strings.HasSuffix(g, "?") {
			g += " "
			g += c
			continue
		}
		if join != ". " {
			c = lowerFirst(c)
		}
		g += join + c
	}
	return g
}

// lowerFirst lowers the first letter of a clause that begins with a plain word.
func lowerFirst(c string) string {
	if len(c) > 1 && c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'a' && c[1] <= 'z' {
		return strings.ToLower(c[:1]) + c[1:]
	}
	return c
}
