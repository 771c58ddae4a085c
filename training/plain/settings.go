package plain

// settings are: label | words of what means nearly the same | other words for the label | option=ways to ask for it | …
// The options of a checkbox are "on" and "off", a field for text has "text:" and what kind of text. A way that begins with a
// capital is a sentence of its own.
func settings() []string { return lines(choices + switches + texts) }

// choices are settings with several options.
const choices = `
Text size|text,letter,font,size,contrast,zoom|the size of the letters/how big the writing is|Normal=make the writing the usual size again/go back to ordinary letters|Large=make the letters bigger/I can hardly read the small letters/enlarge the writing
Contrast|contrast,text,letter,bright|how much the letters stand out|Normal=make the letters stand out less|High=make the letters stand out more/The letters are too pale for me
Time format|time,clock,hour|how times are shown/the way the clock is written|12 hours=show times with am and pm/I am used to am and pm|24 hours=show times without am and pm/count the hours right through to midnight/stop writing am and pm behind the times
Date format|date|how dates are written/the order of day, month and year|Day first=put the day before all else when you write a date/begin dates with the day|Month first=write dates the American way/begin dates with the month|Year first=begin dates with the year
First day of the week|week,monday,sunday|the day that a week begins with|Monday=begin my weeks on Monday/My week starts on Monday|Sunday=begin my weeks on Sunday/In my country the week starts on Sunday|Saturday=let every week start on Saturday
Theme|theme,dark,light,color,colour,appear,look,design|the look of the pages/the colours of the pages|Light=make the pages bright/I want to read on a white background|Dark=give me white letters on black/The bright pages hurt my eyes at night/make the screen less bright at night|Like the device=do it as my computer does: dark when it is dark, bright when it is bright/use the same look as my phone
Language|lang,english,german,french|the language of the pages/what language I read in|English=show it all in English/I only understand English|German=I would rather read German|French=let me read in French|Spanish=I speak Spanish/talk Spanish with me|Norwegian
Currency|curr,price,money,dollar,euro|the money that prices are in|US dollar=show prices in the money of America|Euro=show prices in the money of Germany and France|British pound=show prices in the money of England/I pay in the money of Britain|Japanese yen=show prices in the money of Japan|Swiss franc
Units|unit,metric,distance,length,mile|how lengths are measured|Metric=show kilometres and not miles/I know nothing of miles and feet|Imperial=measure in miles and feet/I think in miles and inches
Temperature|temp,degree,heat,warm|how warmth is measured|Celsius=let water freeze at zero degrees/show degrees as Europeans know them|Fahrenheit=show degrees as Americans know them
Invoices|invoice,bill,paper,pay|how my bills reach me|By e-mail=mail me the bills/I do not want bills on paper any more|On paper=I want bills by post/send me printed bills/print my bills and send them to my house
Time zone|zone,time|the clock that times go by|London=use the time of England|Tokyo=I live in Japan now, so use its time/use the time of Japan|New York=go by the clock on the American east coast|Sydney=use the time of Australia|Paris
Who can see my profile|profile,visib,public,see|who may look at my profile|Everyone=let the whole world look at my profile/make my profile public|My team=show my profile to the people I work with and no others|Nobody=hide my profile from all others/No one should find my profile
Messages from strangers|message,stranger,contact,block|what people I do not know may do|Allowed=let people I do not know write to me|Blocked=stop people I do not know from writing to me/People I have never heard of keep writing to me
Start page|start,home,first,landing|the page that I see first|Dashboard|Inbox=show me my messages as soon as I sign in/begin with my mail|Calendar=begin with my appointments/When I sign in I want to see my appointments|Tasks=begin with what I have to do/The first thing I want to see is my work list
Lines on a page|line,row,entries,page|how many lines a list has|10=show as few lines at once as you can/keep the lists as short as possible|25|50|100=show as many lines at once as you can/make the lists as long as possible
Spacing|spac,dens,compact,room,line|the room between the lines|Wide=leave more room between the lines/It is all too crowded|Tight=squeeze more lines onto the screen/There is too much empty space between the lines
Message sound|sound,noise,tone,bell,message|what is heard when a message comes|None=do not make any noise when a message comes/The noise of new messages gets on my nerves|Bell=let it ring when a message comes|Birdsong=let a bird sing when a message comes|Drum
Activity summary|summary,digest,activity,overview|how often I get the summary|Every day=sum up every evening what happened/I want to be told daily what went on|Every week=once in seven days is enough for the summary|Every month=sum up only twelve times a year what happened|Never=do not send me summaries at all/I have no use for summaries
Backup|backup,copy,copies|how often a safety copy is made|Every hour=make a safety copy as often as you can|Every night=make a safety copy while we are asleep|Every Sunday=make the safety copy on the weekend|Off=make no safety copies
Sign me out after|sign,session,idle,logout|how long I stay signed in when I do nothing|15 minutes=sign me out as soon as you can when I am away|1 hour|1 day|Never=do not sign me out by yourself/I am tired of entering my password again after every break
Second step at sign-in|sign,verif,secur,code,second,two|what is asked for after my password|None=let the password alone be enough to get in|Text message=send the code to my phone as an SMS|App=let an app on my phone make the codes|Security key=I have a little stick that I want to get in with
Delivery|deliver,ship,parcel,pickup|how my parcels come to me|To my door=bring my parcels to my house/I cannot leave the house, so bring me the parcels|Pickup point=I fetch my parcels myself/do not bring my parcels, I come for them
If nobody is at home|home,absen,neighbour,parcel|what to do when nobody opens the door|Leave with a neighbour=give my parcels to the people next door when I am out|Leave at the door=put my parcels down in front of the house when I am out|Bring it again=come back with my parcels another day when I am out
Payment method|pay,card,invoice,bill,debit|how I pay|Credit card=charge my card/use my Visa|Bank transfer=I send you the money from my bank myself|Direct debit=fetch the money from my bank by yourselves|Invoice=let me pay when the bill has come/send me a bill, and I pay then
Billing period|bill,period,subscri,monthly,yearly|how often I am charged|Monthly=charge me every month/I want to pay in twelve small parts|Yearly=charge me only once in twelve months/I want to pay for a whole year at once
Paper size|paper,print|the paper for printing|A4=print on European paper|Letter=print on American paper
Sides to print|print,side,sheet|what is printed of a sheet|One side=leave the backs of the sheets empty when printing|Both sides=save paper when printing/print on the backs of the sheets too
Ink|ink,print,color,colour|what printing looks like|Color=print pictures as colorful as they are|Black and white=print without colors/Printing in color is too expensive for us
Meeting reminder|remind,meeting,alert|when I am reminded of meetings|A day before=remind me of meetings the day before|An hour before=let me know sixty minutes before a meeting|At the start=remind me of a meeting only when it begins|Never=do not remind me of meetings at all
Meals|meal,food,diet,eat|what I eat|Everything=I eat all there is|Vegetarian=I do not eat meat/give me no meat and no fish|Without gluten=Wheat makes me ill/give me nothing made with wheat|Without nuts=Nuts make me ill/see to it that I get no nuts
Seat|seat|where I sit on flights|Window=I like to look out when we fly/let me see the clouds on flights|Aisle=I like to get up on flights without troubling others|No wish
Place of work|work,office,place|where I work|Office=I come in every day of the week now|At home=I do not come in any more, I stay at my own desk|Mixed=some days I come in and on others I stay at my own desk
Presence|presence,status,availab,busy|what the others are told about me|Available=tell the others that I am free to talk|Busy=tell the others not to disturb me/I need some quiet now, let the others know|Invisible=do not let the others see that I am here/hide that I am online
Replies go to|repl,answer|who gets my replies|Sender only=answer nobody but who wrote to me|Everyone=let all who got a message get my answer too
Videos|video,film,movie,play|how films begin|Start at once=run films without waiting for me|Wait for a click=stop films from running by themselves/I do not want films to begin before I say so
Map style|map|what maps look like|Streets=draw the map with roads and their names|Satellite=show the map as a photo from above/show the map as it looks from space|Terrain=show hills and valleys on the map
Motion|motion,anim,mov|how much moves on the screen|Full=let things slide and fade on the screen|Reduced=too much moves on the screen, so calm it down/Moving things make me dizzy
New members|member,invit,join|who may bring in new people|Owners only=nobody but the owners may bring in new people|Everyone=let anybody bring in new people
Expense approval|approv,expens|who must agree before money is spent|Manager=let the boss agree before money is spent|Finance=let the accountants agree before money is spent|Nobody=let people spend money without asking anyone
Order of lists|order,sort,list|what lists begin with|Newest first=whenever you show a list, put the latest things on top|Oldest first=in every list, begin with what has waited longest|By name=wherever there is a list, let it go from A to Z
Home of my data|data,server,stor|where my data lies|Europe=keep my data in the EU|United States=keep my data in America|Asia=keep my data in a country like Japan or India
Deleted files|delet,trash,bin,file|how long deleted files stay|30 days=keep what I deleted as short a time as you can|90 days|Forever=do not ever lose what I deleted
Picture quality|quality,photo,picture,image|how good pictures are|Original=leave my pictures just as I took them|Small=my pictures need too much space, so shrink them
Downloads|download,mobile,network,wi|which network downloads go through|Wi-Fi only=save my mobile data when something is downloaded|Any network=let me download on the road as well
Form of address|address,title,salut|how I am spoken to|Mr|Ms|Dr=I have a doctorate, let it be seen when you write to me|None=leave out any title when you write to me
How to reach me|reach,contact,call,phone|the way I am told about things|Phone call=ring me up when there is something|E-mail=write me a mail when there is something|Letter=send me a letter in an envelope when there is something|Not at all=leave me in peace, I do not want to hear from you
Role of new users|role,user,right|what new people may do|Viewer=new people may look at things and no more|Editor=new people may change things, but not rule|Administrator=let new people rule over everything
`

// switches are settings that are on or off.
const switches = `
Send me a summary every week|summary,digest,week|the weekly summary|on=mail me an overview every seven days/I would like to be told once a week what went on|off=stop the weekly summary/I no longer want a mail every week with what happened
E-mail me about offers|offer,market,promo,advert,newsletter|the mails about offers|on=let me hear about bargains/tell me when things get cheaper|off=stop sending me advertising/I am fed up with your advertising
Share usage data|usage,data,track,analy,privacy|collecting what I do here|on=you may collect what I do here|off=stop collecting what I do here/I do not want you to follow what I do
Trust this computer|trust,device,computer,remember|trusting this computer|on=do not ask me for a code on this machine again|off=this machine is not mine, so do not trust it any more
Play a sound for new messages|sound,noise,tone,message|the noise of new messages|on=make a noise when somebody writes to me/I want to hear when somebody writes|off=be quiet when somebody writes to me/new messages should be silent
Show my birthday|birth,age|showing my birthday|on=let the others know when I was born|off=nobody needs to know when I was born/hide the day I was born
Show my phone number|phone,number,contact|showing my phone number|on=let the others see how to call me|off=do not let the others see how to call me/strangers keep calling me, so hide my number
Hide finished tasks|finish,task,done,complet|hiding what is done|on=put what is done out of sight/I only want to see what is still to do|off=I want to see what is done too
Ask before deleting|delet,confirm,ask,warn|the question before something is deleted|on=make sure that nothing is thrown away without a question|off=stop asking me whether I really want to throw something away
Save drafts while I type|draft,typ,auto|saving while I type|on=keep what I write even before I send it|off=do not keep what I have not sent
Send read receipts|receipt,seen|receipts for what I read|on=let people know when I have read their mail|off=do not let people know whether I have read their mail
Check spelling|spell,correct,typo|the check for typing mistakes|on=show me my typing mistakes/mark words that I write wrongly|off=stop underlining my words as wrong
Open links in a new tab|link,tab,window|new tabs for links|on=leave this page open when I follow a link|off=do not open another window every time I follow a link
Accept meetings for me|meeting,accept,invit|saying yes to meetings|on=say yes to every meeting without asking me|off=I want to decide about each meeting myself
Out-of-office reply|office,vacation,holiday,absen,repl|the answer that says I am away|on=let people who write know that I am on holiday|off=I am back from my holiday, so stop telling people that I am away
Guests may comment|guest,comment|remarks by guests|on=let people without an account write remarks|off=only people with an account may write remarks
Ask for a reason when cancelling|reason,cancel|the question why something is cancelled|on=people who call something off should say why|off=nobody should have to say why they call something off
Inform my manager|manager,boss,inform|messages to my manager|on=let my boss know about what I hand in|off=do not tell my boss about what I hand in
Round up for charity|charit,donat,round|giving the rest to charity|on=give the cents up to the next whole amount to the poor|off=stop giving my cents to the poor
Gift wrapping|gift,wrap,present|wrapping|on=make it look like a present/It is for a birthday, so put nice paper around it|off=I do not need paper and ribbons around it
Send parts as they are ready|part,split,together|sending in parts|on=send what you have now and the rest later|off=send everything together, even if it takes longer
Renew by itself|renew,subscri,extend|going on when the time is up|on=let my contract go on when the year is over|off=let my contract run out when the year is over/I do not want my contract to go on for another year
Subtitles|subtitle,caption|the writing under films|on=I do not hear well, so let me read what is said in films|off=take the writing below the films away
Use my location|location,place,gps|knowing where I am|on=you may know where I am|off=you need not know where I am/stop following where I am
Microphone|micro,voice,mute|the use of my microphone|on=let the others hear me|off=nobody should hear me
Camera|camera,video|the use of my camera|on=let the others see my face when we talk|off=do not let the others see me when we talk
Try new features early|feature,beta,early,test|new things before they are ready|on=I want to have new things before all the others|off=only give me what has been tested well
Show weekends|weekend,saturday,calendar|Saturdays and Sundays in the calendar|on=I work on Saturdays as well, so the calendar should have them|off=leave Saturdays and Sundays out of the calendar
Allow several bookings at once|booking,double,several|booking twice for one time|on=let people book twice for the same hour|off=nobody may book twice for the same hour
Show prices with tax|price,tax,vat|prices with tax|on=show what I have to pay in the end, tax and all|off=leave the tax out of what things cost
Tell me when I am mentioned|mention,notif|messages when my name comes up|on=let me know when somebody writes my name|off=I need not know when somebody writes my name
Fingerprint|finger,touch,biometr|the use of my fingerprint|on=let me get in with my thumb|off=I do not want to get in with my thumb any more
`

// texts are settings that are written.
const texts = `
Display name|name,nick|the name that others see|text:name=call me {v} from now on/let the others see me as {v}/I go by {v} now
Job title|job,title,position,profession|what I am called at work|text:name=I am a {v} now, show that to the others/I got promoted: I am the {v} now
Mobile|mobile,phone,number,call|the number of my phone|text:phone=I have a new phone, call me on {v}/in future ring me up on {v}
Signature|signat,closing|the end of my mails|text:message=let my mails end with {v}/write {v} under all my mails
Recovery address|recover,mail|the mail address for when I lose my password|text:mail=if I ever forget my password, write to {v}
Emergency contact|emergenc,contact|whom to call when something happens to me|text:recipient=if something happens to me, call {v}/when I have an accident, tell {v}
Bank account|bank,account,iban|the account for my money|text:account number=send my money to {v}/my salary should go to {v} in future
Website|website,homepage,web|the address of my pages|text:name=my own pages are at {v} now
About me|about,bio,introduc|what others read about me|text:message=tell the others about me: {v}/introduce me with {v}
Cost center|cost,budget|where my costs are booked|text:number=book what I spend on {v}/charge my purchases to {v}
`
