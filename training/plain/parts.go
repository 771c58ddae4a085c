package plain

// parts are sections of an application: names | words of what means nearly the same | =what people want to do there. Ways that begin with who, what, how,
// when, where, which, the or my name what is to be seen there.
func parts() []string { return lines(partsTable) }

const partsTable = `
Payroll/Pay slips/Salary|pay,wage,budget,financ,money,account,earn,salar,bonus,statement,transact,receipt,balanc,ledger|=what I earned/how much I was paid last month/my wages/find out what my work brought in
Directory/Staff/People|director,staff,people,user,member,employ,contact,team,compan,person,phone,organi,depart,manager,visitor,group,birthd|=who works here/my colleagues with their phone numbers/look up somebody of the firm
Leave/Time off/Holidays|leave,time,holiday,vacation,absen,calendar,request,shift,roster,overtime|=book time off/ask for some free days/how many free days I have left
Timesheets/Working time|time,hour,work,attend,overtime,shift,roster,journal,log|=write down how long I worked/the hours I put in/enter when I came and went
Expenses/Travel costs|expens,cost,travel,trip,claim,reimburs,receipt,spend,refund,pay,request,form,budget,leave|=get back what I paid on a business trip/hand in my taxi receipt
Meeting rooms/Rooms|room,book,meeting,space,locat,reserv,build,floor,facilit,desk,appoint,calend,agenda,timetab|=find a place for our team to meet/see where we can sit together tomorrow
Canteen/Lunch menu|canteen,lunch,menu,food,meal,recipe,kitchen|=what there is to eat today/what the kitchen cooks this week
Help desk/IT support|help,support,ticket,service,request,problem,contact,faq,incident,issue,bug,repair,mainten,feedback,complain,question,printer,device,machine,equip,network,damage,form,chat|=tell somebody that my computer is broken/get my printer mended
News/Announcements|news,announce,blog,update,post,article,event,media,bulletin,notic,topic,channel,minute,messag,forum,stream,podcast,change|=what is new in the company/read what the management has to say
Training/Courses|train,course,learn,lesson,academ,student,educat,class,worksh,confer,exam,certif,knowl,handbook,event,grade,tutor,skill|=learn something new/sign up for a class/what I could be taught
Careers/Open positions|career,job,position,vacanc,hiring,interv,applic,open,recruit|=which posts are free/find a new job within the firm
Invoices/Bills|invoic,bill,pay,account,financ,statement,receipt,purchas,cost,dunning,order,balanc,ledger,transact,expens,document|=what we have to pay/see the bills/find the bill of last month
Orders/My orders|order,purchas,shop,buy,ship,deliver,track,parcel,histor,receipt,cart,item,invoic|=what I bought/see how far the things I bought have come
Returns/Send back|return,refund,complain,exchang,order,claim,damage,support,help,repair,parcel|=give something back that does not fit/send shoes back that are too small
Cart/Basket|cart,basket,checkout,order,shop,saved,wish,list,item|=the things I am about to buy/what I have put aside to pay for
Wish list/Favorites|wish,favor,saved,bookmark,like,favour,watch,collect,list,cart,item|=the things I would love to have some day/what I have marked with a heart
Offers/Sale|offer,sale,deal,discount,promo,pric,campaign,vouch,news|=what has become cheaper/find bargains
Vouchers/Gift cards|vouch,gift,coupon,card,present,bonus,offer,credit,shop|=give somebody money to spend here as a present/what I can give my aunt so that she can shop here herself
Shops/Stores near you|shop,store,branch,locat,near,place,contact,about,partner,dealer,build,map|=where I can go and buy it in my town/find the nearest place where they sell it
Opening hours/When we are open|open,hour,time,contact,about,shop,store,locat,recept,timetab,info,help,calend|=until when I can come in the evening/whether somebody is there on Saturday
Contact/Write to us|contact,support,help,about,write,chat,message,form,feedb,quest,phone,complain,recept,faq,direct,people,staff,team|=get in touch with you/how I can reach you
Terms/Legal notice|term,legal,condition,imprint,polic,rule,guide,contract,privac,handbook|=read the small print/the rules I agree to when I buy something
Privacy/Data protection|privacy,data,protect,cookie,polic,secur,account,profile,setting|=what you do with what you know about me/find out who gets to see my personal data
Security/Password and sign-in|secur,password,sign,login,account,setting,profile,privacy,preferenc,admin,access,session,key|=get another password/make it harder for thieves to get into my account
Profile/About me|profile,account,personal,about,setting,preferenc,member,contact,user|=correct my own address/what you know about me/change my picture
Notifications/Alerts|notif,alert,messag,inbox,mail,setting,preferenc,remind,news,activ,alarm,campaign,subscri,newsl,channel,contact|=say what I want to be told about by mail/get fewer mails from you
Languages/Language and region|lang,region,setting,preferenc,profile,account,personal|=read all of this in another tongue/change the tongue in which you talk to me
Messages/Inbox|messag,inbox,mail,chat,post,notif,sent,contact,alert,channel,forum,draft,notic,request,answer,comment,phone|=read what people wrote to me/what came in the mail
Calendar/Appointments|calend,appoint,schedul,event,meeting,agenda,plan,book,date,timetab,roster,shift,task,remind,minute,birthd,today,deadline,project|=what I have to do tomorrow and when/when I meet whom
Tasks/To-do list|task,todo,work,job,project,plan,action,activ,backlog,board,sprint,mileston,ticket,issue,request,approv,target,calend,remind,agenda|=what I still have to get done/my own work, one thing after the other
Trash/Recycle bin|trash,bin,recycl,delet,archiv,backup,file,histor,document|=get back a file I threw away/the things I threw away
Archive/Old documents|archiv,old,history,document,file,trash,past,librar,log,version,backup|=the papers of former years/find something that was put away long ago
Statistics/Analytics|statist,analy,report,dash,chart,figure,insight,overview,metric,summar,forecast,monitor,target,visitor,measure,result,journal|=how many visitors we have had/see our figures as curves
Warehouse/Inventory|wareh,invent,stock,item,product,asset,store,part,catalog,equip,material|=how many of each thing we still have/see what lies on our shelves
Suppliers/Vendors|suppl,vendor,partner,purchas,contact,tender,order,direct,organi|=from whom we buy/look up a firm that sells to us
Customers/Clients|customer,client,contact,lead,account,partner,people,sale,order,patient,visitor,direct,member,user,organi,invoic|=who buys from us/look up somebody who buys from us
Contracts/Agreements|contract,agreem,document,legal,partner,file,polic,insur,archiv,licen,subscri,suppl,deed|=what we have agreed on with others in writing/see the papers that were signed
Vehicles/Company cars|vehicl,car,fleet,transport,asset,trip,travel,park,book,pool,machin|=get a car for a trip/which cars we have
Shipments/Parcels on the way|ship,parcel,deliver,track,order,transport,wareh,purchas,return,suppl,import,export|=where my package is right now/what is on its way to us
Approvals/Waiting for my approval|approv,request,review,pending,decision,task,inbox,vote,form,ticket|=what others want me to say yes or no to/decide about what my people ask for
Audit log/Who did what|audit,log,history,activ,trail,secur,chang,version,session,monitor,journal,report,user|=find out who changed something and when/who did what in this system
Users and rights/Permissions|user,right,permiss,role,access,admin,member,account,secur,group,setting,team,staff,employ,people,profile,visitor,session,key,organi,person|=let a new colleague into the system/who may do what in here
Backups/Safety copies|backup,copy,copies,safet,restor,archiv,version,server,histor,export,trash|=get back the state of yesterday night/what has been copied in case the disk breaks
Devices/Computers and phones|device,comput,phone,asset,hardware,equip,machin,printer,invent,item,instrum,sensor,stock,network,server,support|=which machines we have given to our people/find out who has which laptop
Integrations/Connected apps|integr,connect,app,api,plug,extension,develop,webhook,import,export,softw,partner,network|=let this work together with other programs/which other programs are tied to this one
Subscription/Your plan|subscri,plan,upgrad,bill,pric,account,member,pay,setting,contract,licen,invoic,transact,service,card|=pay less every month by taking a smaller package/what I pay you for every month
Reviews/What buyers say|review,rating,feedback,comment,testim,say,survey,quest,forum,answer,opinion,complain|=what other buyers thought of it/read what people liked and did not like
Recipes/Cooking ideas|recip,cook,food,menu,meal,kitchen,canteen|=find out how to make a soup/what I could cook tonight
Photos/Pictures|photo,pictur,galler,image,media,album,video,event,file,collect,news,document|=see what it looked like at the summer party/look at snapshots
Flights/Air travel|flight,air,travel,trip,book,journey,ticket,tour,holiday,vacat,offer,hotel|=get to Madrid by plane/find something that flies to Rome
Hotels/Places to stay|hotel,stay,room,travel,trip,book,accommod,reserv,tour,holiday,vacat,flight|=find a bed for the night in another city/where I could sleep when I travel
Weather/Forecast|weather,forecast,news|=whether I need an umbrella tomorrow/whether it is going to rain
Library/Books|librar,book,read,loan,collect,document,catalog,media,knowl,shop,store,course|=borrow something to read/find a novel
Health/Doctors|health,doctor,medic,clinic,care,patient,appoint,treat,prescr,lab,insur,therap,benefit|=find somebody for my bad back/get help with my bad cough
Insurance/Claims and damage|insur,claim,damage,polic,contract,vehicl,car,incident,help,support,repair,report,fleet|=tell you that my car was hit/what is covered when my house burns
Taxes/Tax papers|tax,fiscal,financ,account,form,statement,document,invoic,pay,balanc,salary|=get what the revenue office wants from me/what I owe the state
Bank accounts/Balances|bank,balanc,account,money,financ,payment,card,saving,statement,transact,invest,transf,ledger,overview,summar,loan|=how much money I have/see what is left of my money
Transfers/Send money|transf,send,money,pay,bank,standing,account,transact,order|=give my landlord the rent/get some money over to my sister
Loans/Credit|loan,credit,mortgag,financ,money,saving,invest,bank,offer,account|=borrow money for a house/get money that I give back later
Events/What is on|event,what,calend,meeting,program,course,confer,exhib,tour,worksh,ticket,news,agenda,birthd|=where I could go on Saturday night/find a concert to go to
`
