package plain

// filters are: label | words of what means nearly the same | things in such lists | ways to ask that name the option {o} | option=ways to ask for it | …
// {t} is what the things are called.
func filters() []string { return lines(filtersTable) }

const filtersTable = `
Payment|pay,paid,bill,settl|invoices/orders/bills||Unpaid=what is still to be paid/the {t} nobody has given us money for/{t} with money outstanding|Paid={t} that are settled/the {t} that we have got the money for|Refunded={t} whose money went back to the customer|Partly paid={t} where some of the money is still missing
Assignee|assign,owner,agent,handler,employee|tickets/tasks/requests|{t} that {o} works on/what {o} has to do/the {t} on the desk of {o}|Nobody={t} nobody works on/the {t} that no one takes care of/what is lying around without anyone on it|Me={t} that I have to work on/my own work|{person}|{person}
Status|status,state,stage,approv,pay,paid,settl|reports/orders/claims/requests/invoices/applications|the {l} {t}/{l} {t}/{t} that are {l}/the {l} ones/the {t} already {l}/what is {l}|Submitted=what was handed in and not decided yet/{t} that wait for a decision|Approved={t} that somebody said yes to|Rejected={t} that were turned down|Paid={t} for which the money has been sent|Draft={t} that nobody has sent yet|Closed={t} that are over and done with
State|status,state,stage,approv,finish|tickets/tasks/jobs/projects/repairs|the {l} {t}/{l} {t}/{t} that are {l}/the {l} ones/all {t} now {l}|New={t} that nobody has touched|Planned={t} for later|Finished={t} that are over/{t} without anything left to do|Cancelled={t} that were called off|Blocked={t} that cannot go on|Reopened={t} that came back after their end
Country|country,region,origin,nation|orders/shipments/suppliers|what came from {o}/{t} from {o}/the {t} out of {o}|Norway=what came from the land of fjords|Italy=what came from Rome and Milan|Japan=what came from Tokyo|Egypt=what came from Cairo|Brazil
Color|color,colour|products/items/shirts|{l} ones/the {t} in {l}/{l} {t}|Red=what has the color of blood|Green=what has the color of grass|Black=what is as dark as night|White=what has the color of snow|Yellow=what has the color of the sun
Priority|priorit,urgen,severity,importan,due|tickets/tasks/requests||Urgent=what cannot wait/the {t} that must be done right now|Normal={t} with nothing special about them|Low={t} that can wait/what there is no hurry for
Period|period,date,time,range,month,due,day|reports/orders/payments||Today=what came in since midnight|This month={t} from the first of the month until now|Last year={t} from the year before this one
Size|size,capac|shirts/parcels/products||Small=the little ones/the smallest {t}|Medium=the {t} that are neither big nor little|Large=the big ones/the largest {t}
Type of user|user,role,account|users/members/people||Guests=the {t} who only visit|Staff={t} who work for us/our own people|Administrators=the {t} who may do everything
Stock|stock,availab,invent,sold|products/items/articles||In stock=what I can have at once/the {t} that are there|Sold out=what has run out/{t} of which there is not one left|On order={t} that are on their way to us
Read|read,seen,unread|messages/notifications/mails||Unread=what I have not looked at yet/the {t} that are new to me|Already read={t} that I have looked at before
Due|due,deadline,overdue,late,priorit,period|tasks/invoices/books||Overdue=what is late/the {t} whose day has passed|This week=what has to be done by Sunday|Later={t} that I can leave for after this week
Shipping|shipping,delivery,transport|orders/parcels||By air={t} that go by plane|By ship={t} that go across the sea/what goes by boat|By road={t} that a lorry brings|Pickup={t} that the customer fetches
Approval|approv,decision,accept,reject,pend|requests/expenses/reports||Waiting for approval=what nobody has said yes or no to yet/the {t} that the boss must still decide on|Approved=what we said yes to|Rejected=what was turned down/the {t} we said no to
Department|depart,team,division|employees/people/colleagues|the people of {o}/{t} who work in {o}|Human resources={t} who hire others|Legal=the lawyers among us|Kitchen=the cooks|Logistics={t} who get the goods from place to place
Employment|employ,contract,hours|employees/people||Full time={t} who work all week|Part time={t} who work only some hours of the week|Trainee={t} who are still learning the job
Language|lang|articles/courses/films|{t} in {o}/what there is in {o}|German=what people in Berlin can read|Spanish=what people in Madrid can read|French=what people in Paris can read|English=what people in London can read
Price|price,cost,pay|products/offers/rooms||Free=what costs nothing|Under 50=what costs something, but not much/{t} for a small amount|Over 500=the dearest {t}/the {t} that cost most
Rating|rating,star,review|hotels/products/films||Five stars=the {t} that people like best/only the very best ones|One star=the worst ones/the {t} that people hate
Rooms|room,bed|flats/houses||Studio={t} where all is in one single room|Two rooms={t} with a bedroom and a living room and no more|Four rooms or more=the {t} for a big family
Fuel|fuel,engine,motor|cars/vehicles||Electric={t} that run on a battery/what I can charge at a socket|Petrol={t} that need gasoline|Diesel
Place|place,location,site,city|events/jobs/meetings|{t} in {o}/what is on in {o}/what there is in {o}|Online={t} that I can join from my own desk/what happens on the screen alone|London=what there is in the capital of England
Day|day,weekday|courses/classes/lessons||Weekend={t} on Saturday and Sunday|Monday={t} on the day after the weekend|Friday={t} on the last working day
Level|level,difficult|courses/recipes/lessons||Beginner={t} for people who have never done it before|Advanced={t} for people who have done it for years/the hardest ones
Diet|diet,food|recipes/dishes/meals||Vegetarian={t} without meat|With fish={t} with something out of the sea|Without sugar={t} that are not sweet at all
Course|course,dish|recipes/dishes||Starter={t} that come first at a dinner|Main course={t} that fill you up at dinner|Dessert=the sweet {t} at the end of a dinner
Attachment|attach,file|mails/messages||With attachment={t} that bring a file along|Without attachment={t} that are nothing but words
Sent by|sent,sender,from,author,assign,owner|messages/letters/documents|what {o} wrote/{t} that {o} sent/what came from {o}|Me=what I wrote myself|My manager=what my boss wrote|The system={t} that no human wrote|{person}|{person}
Result|result,outcome,success,fail,pass|tests/checks/runs||Failed=what went wrong/the {t} that did not work|Passed=what went well/the {t} with nothing to complain of|Not run yet={t} that nobody has tried
Visibility|visib,access,public|documents/pages/folders||Private={t} that only I can see|Team={t} that only my colleagues and I can see|Public={t} that the whole world can see
Cabin|cabin,class,price|flights/tickets||Economy=the {t} where you sit closest together and pay least|Business={t} for people whose firm pays|First=the {t} of the very rich
Stops|stop,change|flights/trains/trips||Direct={t} where I need not change/what goes straight there|One stop={t} where I have to change once|Two stops or more={t} where I have to change again and again
Gender|gender,sex|shoes/clothes/jackets||Women={t} for ladies|Men={t} for gentlemen|Children={t} for boys and girls
Material|material,fabric|products/chairs/goods|{t} of {l}/what is made of {l}|Wood=what comes from trees|Glass=what I could look through|Wool=what comes from sheep|Steel=what a magnet would hold
Condition|condition,state,quality|products/bikes/machines||New={t} that nobody has used before|Used={t} that somebody else has had before|Broken={t} that do not work
Warranty|warrant,guarant|machines/devices||Running={t} that would still be repaired for free|Expired={t} whose repair we would have to pay for
Membership|member,plan,tier,pay,price|customers/members||Free={t} who pay nothing|Premium={t} who pay for the best we have|Trial={t} who are only trying us out
Source|source,channel,origin|customers/leads/visitors||Search engine={t} who came by way of Google|Friends=the {t} that somebody told about us|Trade fair={t} we met at our stand
Absence|absen,leave|days||Sick={t} lost to illness|Holiday={t} taken for going away|Training={t} spent on learning
Floor|floor,level|rooms/desks/offices|{t} whose floor is {o}|Basement={t} below the ground|Ground floor={t} that need no stairs|Top floor={t} right under the roof
Capacity|capac,people|rooms/cars/tables||Up to 4={t} for a few people|5 to 12|More than 12={t} for a crowd
Signature|signat,signed|contracts/forms||Signed={t} that have a name under them|Not signed=the {t} still without a name under them
Expense type|expens,category|expenses/receipts||Travel={t} for trains and planes|Meals={t} for lunch and dinner|Hotel={t} for a bed at night|Phone={t} for calls
Activity|activ,login|users/members||Active={t} who still come here|Inactive={t} who have not been here for long
Direction|direction,kind|payments/transfers||Incoming={t} that brought us money|Outgoing={t} that cost us money/the money we gave away
Kind of call|call,phone|calls||Missed={t} that nobody answered|Answered={t} that somebody talked to|Voicemail={t} that left words on the machine
`
