package words

import "strings"

func list(text string) []string { return strings.Split(text, "|") }

func onsets() []string {
	return list("b|c|d|f|g|h|j|k|l|m|n|p|r|s|t|v|w|z|br|cr|dr|fr|gr|pr|tr|bl|cl|fl|gl|pl|sl|st|sp|sk|sm|sn|sw|th|sh|ch|qu|kn|y")
}
func vowels() []string { return list("a|e|i|o|u|a|e|i|o|u|ai|ea|ee|oo|ou|ie|oa|y|au|ei") }
func codas() []string {
	return list("n|r|l|s|t|m|d|k|p|nd|st|rt|ck|ng|x|sh|th|lt|rn|mp|ll|ss|b|g|f|nt|rd|rk")
}
func firsts() []string {
	return list("Alice|Bob|Carol|Dave|Erin|Frank|Grace|Heidi|Ivan|Judy|Nina|Oscar|Peggy|Rupert|Victor|Wendy|Anna|Ben|Chloe|Daniel|Emma|Felix|Hannah|Isaac|Julia|Kevin|Laura|Nora|Oliver|Paula|Rosa|Sam|Tina|Uma|Vera|Yusuf|Zoe|Maria|Lucas|Sofia|Liam|Noah|Mia|Leo|Ada|Max|Tom")
}
func lasts() []string {
	return list("Smith|Jones|Brown|Taylor|Wilson|Evans|King|Wright|Green|Hall|Wood|Clark|Lewis|Walker|Baker|Hill|Moore|Cooper|Ward|Turner|Parker|Bell|Murphy|Reed|Cook|Morgan|Gray")
}
func adjectives() []string {
	return list("Weekly|Daily|Monthly|Annual|Dark|Light|Public|Private|Shared|New|Old|Active|Primary|Secondary|Current|Next|Last|First|Final|Main|Local|Remote|Global|Personal|Business|Team|Project|Customer|Order|Product|Payment|Billing|Shipping|Contact|Home|Work|Office|Mobile|Security|Guest|System|Network|Travel|Support|Service|Sales|Stock|Tax|Bank|Gift|Photo|Video|News|Event|Course|Student|Staff|Health|Green|Blue|Red|Black|White|Silver|Golden|Copper|Wooden|Cotton|Large|Small|Fast|Smart|Simple|Open|Closed|Free|Premium|Basic|Standard|Express|Advanced|Automatic|Internal|External|Pending|Archived|Hidden|Temporary")
}
func nouns() []string {
	return list("digest|mode|report|reports|settings|profile|orders|order|invoice|invoices|message|messages|inbox|calendar|tasks|task|notes|documents|files|photos|team|members|projects|project|overview|summary|details|history|activity|alerts|notifications|reminders|updates|newsletter|address|number|code|zone|language|currency|country|region|balance|rate|limit|budget|plan|level|category|size|color|theme|layout|view|list|map|chart|score|phone|website|company|department|role|manager|contact|comment|subject|quantity|discount|voucher|points|credits|lamp|mug|chair|desk|bag|shirt|shoes|hat|watch|cable|keyboard|mouse|monitor|speaker|camera|bottle|book|notebook|backpack|jacket|blanket|pillow|kettle|toaster|basket|candle|clock|mirror|sofa|shelf|tent|bike|helmet|ticket|guide|recipe|article|review|lesson|access|backup|sync|tracking|sharing|sound|preview|search|archive|billing|payments|shipping|returns|delivery|branch|room|seat|station|forecast|statement|contract|template|folder|survey|training|license|warranty|schedule|meeting|account|channel|device|printer|server|vehicle|supplier|warehouse|claim")
}
func sections() []string {
	return list("Reports|Settings|Profile|Orders|Invoices|Messages|Inbox|Calendar|Tasks|Notes|Documents|Files|Photos|Team|Members|Projects|Overview|Summary|History|Activity|Alerts|Notifications|Billing|Payments|Shipping|Returns|Support|Help|Contact|About|Pricing|Catalog|Products|Store|Deals|News|Blog|Events|Courses|Library|Downloads|Preferences|Security|Privacy|Account|Customers|Suppliers|Inventory|Analytics|Statistics|Dashboard|Users|Admin|Tickets|Jobs|Locations|Partners|Gallery|Forum|Archive|Trash|Drafts|Sent|Contacts|Groups|Bookings|Flights|Hotels|Menu|Recipes|Music|Videos|Requests|Approvals|Timesheets|Payroll|Assets|Contracts|Budget|Leave|Directory|Rooms|Claims|Trips|Devices|Integrations|API keys|Audit log|Expenses|Warehouse|Shipments|Subscriptions|Quotes|Leads|Campaigns|Knowledge base|My account|My orders|Saved items")
}
func prose() []string {
	return list("the|a|our|your|this|that|new|best|all|more|for|and|with|from|to|of|in|on|at|is|are|was|can|will|please|read|learn|find|free|easy|quick|better|today|tomorrow|week|year|people|work|team|data|page|help|terms|apply|see|every|any|some|most|over|after|before|made|used|sent|given|here|there|now|welcome|back|thanks|offer|ends|soon|limited|only|first|latest|popular|recent|updated|version|released|rights|reserved|change|choose|keep|save|open|close|until|between|orders|requests|customers|changes|details|account")
}

// Fields are labels of text fields of forms.
func Fields() []string {
	return list("First name|Last name|Full name|Name|Email|E-mail address|Phone|Phone number|Address|Street|City|Postcode|ZIP code|Company|Subject|Message|Comment|Title|Description|Amount|Quantity|Reference|Date|Start date|End date|Notes|Website|Account number|Guests|Reason|Budget|Nickname|Display name|Job title|Purpose|Invoice number|Order number|Serial number|Recipient|Contact person|Deadline|Birthday|Price|Tax number|Cost center|Supplier|Destination|Vehicle|Room|Passenger|Card holder|Discount code|Number of seats|Copies")
}

// Choices are labels of selects with their options.
func Choices() map[string][]string {
	return map[string][]string{
		"Country": countries(), "Language": list("English|French|German|Spanish|Italian|Norwegian|Polish|Japanese|Korean"),
		"Currency": list("USD|EUR|GBP|NOK|JPY|CHF|SEK"), "Theme": list("Dark|Light|System|High contrast"),
		"Size": list("Small|Medium|Large|XL|XS"), "Color": list("Red|Blue|Green|Black|White|Yellow|Grey"),
		"Priority": list("Low|Normal|High|Urgent"), "Status": list("Open|Closed|Pending|Active|Done|Draft|Sent|Overdue|Shipped|Cancelled"),
		"Plan": list("Free|Basic|Pro|Team|Enterprise"), "Frequency": list("Daily|Weekly|Monthly|Never|Yearly"),
		"Month":          list("January|February|March|April|May|June|July|August|September|October|November|December"),
		"Payment method": list("Credit card|PayPal|Invoice|Bank transfer|Cash"), "Shipping": list("Standard|Express|Pickup|Overnight"),
		"Format": list("PDF|CSV|HTML|Excel|JSON"), "Department": list("Sales|Finance|Research|Marketing|Logistics|Support|Legal"),
		"Category": list("Travel|Hardware|Software|Training|Furniture|Food|Other"), "Role": list("Viewer|Editor|Owner|Guest|Administrator"),
		"Time zone": list("UTC|London|Paris|Tokyo|New York|Sydney"), "Type": list("Question|Problem|Request|Incident|Change"),
		"Floor": list("Ground floor|First floor|Second floor|Basement"), "Seat": list("Window|Aisle|Middle|Any"),
		"Delivery time": list("Morning|Afternoon|Evening|Any time"), "Rating": list("Excellent|Good|Fair|Poor"),
	}
}
func countries() []string {
	return list("Norway|Sweden|Peru|Egypt|Japan|Germany|Spain|Italy|Austria|Ireland|Portugal|Greece|Poland|Ecuador|India|Australia|Canada|Mexico|Brazil|France|Chile|Kenya|Finland|Denmark|Iceland")
}

// Statuses are words of a column of states.
func Statuses() []string {
	return list("Open|Closed|Pending|Paid|Overdue|Shipped|Draft|Approved|Rejected|Active|Cancelled|New")
}

// Switches are labels of things that are on or off.
func Switches() []string {
	return list("Email notifications|SMS alerts|Dark mode|Two-factor authentication|Show my profile to others|Weekly newsletter|Remember this device|Automatic updates|Share usage data|Compact layout|Desktop notifications|Play sounds|Send read receipts|Public profile|Auto-save|Show tips|Backup every night|Keep me signed in|Offline mode|Large text|Notify me about replies|Marketing messages|Sync contacts|Location access")
}

// Columns are headers of tables beside the first.
func Columns() []string {
	return list("Customer|Date|Status|Total|Amount|Owner|Due|Type|Quantity|Supplier|City|Priority|Price|Stock|Updated|Assignee|Department|Balance|Rating|Country|Employee|Category|Description")
}

// Facts are labels of facts on a page of details.
func Facts() []string {
	return list("Status|Owner|Total|Amount|Customer|Due date|Created|Order number|Tracking number|Balance|Phone|Email|Price|Department|Delivery date|Reference|Supplier|Stock|Version|Location|Next payment|Room|Seats|Weight|Manager|Departure|Arrival|Gate|Opening hours|Warranty")
}

// Languages are names of languages with what they call themselves.
func Languages() map[string]string {
	return map[string]string{"German": "Deutsch", "French": "Français", "Spanish": "Español", "Italian": "Italiano", "Japanese": "日本語", "Polish": "Polski", "Dutch": "Nederlands",
		"Portuguese": "Português", "Swedish": "Svenska", "Danish": "Dansk", "Norwegian": "Norsk", "Finnish": "Suomi", "Chinese": "中文", "Korean": "한국어", "Turkish": "Türkçe", "Czech": "Čeština"}
}
